//! Pages: plain HTML from templates, in the reader's language. They need no script.

mod page;

mod words;

mod draw;

pub(crate) use draw::STYLE;
pub(crate) use draw::{Frame, Pages};
pub(crate) use page::{DeviceRow, Letter, Page, PersonRow};
pub(crate) use words::language;

#[cfg(test)]
mod tests;
