//! The bodies of answers on the control and status ports: whole, or the events of a function that is still answering.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use stagegate_control::lambda::{Events, StreamedBody};

/// A body.
#[derive(Debug)]
pub(crate) enum PortBody {
    /// All of it.
    Whole(Full<Bytes>),
    /// What comes.
    Events(Events),
}

impl From<Full<Bytes>> for PortBody {
    fn from(body: Full<Bytes>) -> Self {
        Self::Whole(body)
    }
}

impl PortBody {
    /// The answer of the control plane with the body that it sends.
    pub(crate) fn of(response: Response<Bytes>) -> Response<Self> {
        let events = response.extensions().get::<StreamedBody>().and_then(StreamedBody::take);
        response.map(|body| events.map_or_else(|| Self::Whole(Full::new(body)), Self::Events))
    }
}

impl Body for PortBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body).poll_frame(context),
            Self::Events(events) => events.poll_event(context).map(|event| event.map(|event| Ok(Frame::data(event)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Events(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Events(_) => SizeHint::default(),
        }
    }
}
