//! AWS's Query protocol: a form with an `Action` in, XML out.
//!
//! What an operation may be given is data ([`Member`]): a form is checked against it before the operation runs, and tests
//! check it against AWS's service model.

mod check;
mod fault;
mod form;
mod page;
mod row;
mod wire;
mod xml;

pub(crate) use check::check;
pub use fault::QueryFault;
pub(crate) use fault::{error_document, fault, shown};
pub(crate) use form::{flag, tags, texts, whole_number};
pub(crate) use page::page;
pub use row::{Member, MemberKind, TextRule};
pub(crate) use row::{QueryRow, Wire, opt, req};
pub(crate) use wire::{decode, encode, fields, wire, wire_of};
pub(crate) use xml::{Xml, date, document};
