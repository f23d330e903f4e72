//! Tokens of pages: opaque to a caller, and refused when no page has them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use stagegate_telemetry::logs::{Direction, Position};

use super::fault::invalid;
use crate::fault::Fault;

fn broken() -> Fault {
    invalid("The specified nextToken is invalid.")
}

/// The token of a list that goes on behind a name.
pub(super) fn write_name(name: &str) -> String {
    URL_SAFE_NO_PAD.encode(name)
}

/// The name of such a token.
pub(super) fn read_name(token: &str) -> Result<String, Fault> {
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| broken())?;
    String::from_utf8(bytes).map_err(|_| broken())
}

/// The token of events that go on behind one of them, `f/{event id}/s` or `b/{event id}/s`.
pub(super) fn write_place(direction: Direction, place: Position) -> String {
    let letter = if direction == Direction::Forward { 'f' } else { 'b' };
    format!("{letter}/{place}/s")
}

/// The direction and the event of such a token.
pub(super) fn read_place(token: &str) -> Result<(Direction, Position), Fault> {
    let (direction, rest) = match token.split_at_checked(2) {
        Some(("f/", rest)) => (Direction::Forward, rest),
        Some(("b/", rest)) => (Direction::Backward, rest),
        _ => return Err(broken()),
    };
    let place = rest.strip_suffix("/s").and_then(|id| id.parse().ok()).ok_or_else(broken)?;
    Ok((direction, place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_as_they_were_written_and_others_are_refused() {
        let place = Position { timestamp_ms: 7, segment: 1, offset: 2, index: 3 };
        for direction in [Direction::Forward, Direction::Backward] {
            assert_eq!(read_place(&write_place(direction, place)), Ok((direction, place)));
        }
        assert_eq!(read_name(&write_name("/aws/lambda/é")).as_deref(), Ok("/aws/lambda/é"));
        for token in ["", "f/", "x/1/s", "f/1/s", "é", "f/12345678901234567890123456789012345678901234567890123456"] {
            assert_eq!(read_place(token), Err(broken()), "{token}");
        }
        for token in ["*", "_w"] {
            assert_eq!(read_name(token), Err(broken()), "{token}");
        }
    }
}
