//! Room 3: the web application firewall. Stages without a web ACL, the only ones there are so far, pass.

use crate::address::Addressed;

/// A request that no rule blocks.
#[derive(Debug)]
pub(crate) struct Screened<'j> {
    /// The request.
    pub(crate) addressed: Addressed<'j>,
}

/// Screens a request.
pub(crate) fn screen(addressed: Addressed<'_>) -> Screened<'_> {
    Screened { addressed }
}
