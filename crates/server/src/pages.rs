//! Pages: plain HTML from templates, in the reader's language. They need no script.

mod page;

mod samples;

mod words;

mod own;

mod draw;

pub(crate) use draw::{Frame, Pages, files};
pub(crate) use own::NoPages;
pub(crate) use page::{DeviceRow, Letter, Page, PersonRow};

#[cfg(test)]
mod tests;
