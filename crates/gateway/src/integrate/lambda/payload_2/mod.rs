//! Payload format 2.0: the event of a request, and the answer that a function's result is taken for (facts 97 to 99).
//!
//! What calls the function, and under which names, the caller says: nothing here knows of APIs or function URLs.

mod answer;
mod event;
mod headers;
mod question;
mod response;

pub(crate) use answer::{AnswerFault, Described, answer};
pub(crate) use event::{About, is_text, write as write_event};
pub(crate) use question::write_question;
