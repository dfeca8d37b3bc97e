//! Formats, groups and code lists, read from the data in `spec/formats`, `spec/groups` and
//! `spec/codes`. Spec: form.md.
//!
//! Decides whether a definition holds and whether a form fills its format, and says what would be
//! right. A new format, group or code is a new file, not new code here.

mod catalogue;
mod check;
mod code_list;
mod definition;
mod error;
mod filling;
mod link;
mod recognise;
mod rule;
#[cfg(test)]
mod tests;

pub use catalogue::{Catalogue, Kind};
pub use check::{Check, Reason, Verdict, normalise_plate};
pub use code_list::{Code, CodeList};
pub use definition::{FieldDefinition, FieldType, Format, Group, Labels, label};
pub use error::{DefinitionError, DefinitionFault, Doubt, Fault, FormatError, Path, Step};
pub use recognise::{Recognised, recognise};
pub use rule::Rule;
