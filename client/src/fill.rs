//! Filling in a form: by field, by document, by question, in an editor; all give the same form.
//!
//! ```text
//!   --set, shortcuts, TEXT ──┐
//!   document (stdin, draft) ─┼──► Filling ──► Form, checked ──► compose
//!   questions, --paste ──────┘       ▲
//!        editor ──► document ────────┘
//! ```
//!
//! Decides how a typed text becomes the value of a field, where a pasted one belongs, and how a
//! form is written as a document and read again. Which fields there are is data: no format is
//! known by name here. Spec: form.md.

mod document;
mod editor;
mod error;
mod moment;
mod mrz;
mod names;
mod paste;
mod path;
mod questions;
mod retired;
#[cfg(test)]
mod tests;
mod value;

pub use document::{Document, Head, Style};
pub use editor::edit;
pub use error::{FillError, Wrong};
pub use moment::{Moment, NoTime};
pub use names::{field_name, name};
pub use questions::{Asker, ask};
pub use retired::retired;

use crate::compose::text as plain;
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::format::{Catalogue, Doubt, Fault, FieldDefinition, Format};
use path::Place;

/// A form that is being filled in.
#[derive(Debug, Clone)]
pub struct Filling<'a> {
    catalogue: &'a Catalogue,
    format: &'a Format,
    moment: Moment,
    fields: Vec<Field>,
    /// Lists that were given a value since filling began: a further value joins the others.
    begun: Vec<Vec<(u16, usize)>>,
}

impl<'a> Filling<'a> {
    /// An empty form of a format.
    #[must_use]
    pub const fn new(catalogue: &'a Catalogue, format: &'a Format, moment: Moment) -> Self {
        Self {
            catalogue,
            format,
            moment,
            fields: Vec::new(),
            begun: Vec::new(),
        }
    }

    /// The format that is filled in.
    #[must_use]
    pub const fn format(&self) -> &'a Format {
        self.format
    }

    /// Where definitions come from.
    #[must_use]
    pub const fn catalogue(&self) -> &'a Catalogue {
        self.catalogue
    }

    /// When and where it is filled in.
    #[must_use]
    pub const fn moment(&self) -> &Moment {
        &self.moment
    }

    /// The fields so far.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Begins with these fields instead.
    pub fn begin_with(&mut self, fields: Vec<Field>) {
        self.fields = fields;
        self.begun.clear();
    }

    /// Fills the fields of a document in, in place of what they held.
    ///
    /// # Errors
    /// The first field that is wrong; the others are filled in all the same.
    pub fn read(&mut self, document: &Document) -> Result<(), FillError> {
        let (fields, wrong) = document.fields(self.catalogue, self.format, &self.moment);
        for field in fields {
            put(&mut self.fields, field);
        }
        wrong.map_or(Ok(()), Err)
    }

    /// Fills a field in as it is typed: `vehicles.1.plate`, or in numbers `42.1.2`. A list takes
    /// one value each time; a code list takes several by comma; nothing typed empties the field.
    ///
    /// # Errors
    /// [`FillError`]; the form is then unchanged.
    pub fn set(&mut self, typed_path: &str, typed: &str) -> Result<(), FillError> {
        let place = path::resolve(self.catalogue, self.format, typed_path)?;
        if typed.is_empty() {
            path::clear(&mut self.fields, &place);
            path::prune(&mut self.fields);
            return Ok(());
        }
        let definition = place.definition;
        let read = |typed: &str| {
            value::read(self.catalogue, definition, typed, &self.moment)
                .map_err(|wrong| FillError::at(place.path.clone(), wrong))
        };
        let splits = place.is_list() && value::is_split_by_comma(definition);
        let values: Result<Vec<Value>, FillError> = match splits {
            true => typed.split(',').map(|part| read(part.trim())).collect(),
            false => read(typed).map(|value| vec![value]),
        };
        let values = values?;
        self.place(&place, values)
    }

    /// As [`Self::set`], for a field that holds nothing yet.
    ///
    /// # Errors
    /// [`FillError`].
    pub fn set_default(&mut self, typed_path: &str, typed: &str) -> Result<(), FillError> {
        let place = path::resolve(self.catalogue, self.format, typed_path)?;
        match path::is_filled(&self.fields, &place) {
            true => Ok(()),
            false => self.set(typed_path, typed),
        }
    }

    /// Fills the field in that takes a text without a field's name.
    ///
    /// # Errors
    /// When the format has no such field.
    pub fn text(&mut self, text: &str) -> Result<(), FillError> {
        let Some(definition) = self.format.text_field() else {
            return Err(FillError::whole(Wrong::NoText {
                fields: words(&self.format.fields),
            }));
        };
        if text.contains('\0') {
            let path = path::top(definition);
            return Err(FillError::at(path, Wrong::zero_byte()));
        }
        let field = Field {
            number: definition.number,
            value: Value::Text(plain(text)),
        };
        put(&mut self.fields, field);
        Ok(())
    }

    /// Puts a pasted identifier or place where it belongs; says what it was taken for.
    ///
    /// # Errors
    /// When it is nothing that is known, or the format has no place for it.
    pub fn paste(&mut self, text: &str, language: &str) -> Result<String, FillError> {
        paste::paste(self, text, language)
    }

    /// The form so far.
    #[must_use]
    pub fn form(&self) -> Form {
        Form {
            format: self.format.format,
            version: self.format.version,
            fields: self.fields.clone(),
        }
    }

    /// The form, found to fill its format, and what is unusual about it.
    ///
    /// # Errors
    /// What is wrong with it first.
    pub fn checked(&self) -> Result<(Form, Vec<Doubt>), FillError> {
        let form = self.form();
        // A form without any field breaks the encoding; what a person can do about it comes first.
        let mandatory = self.format.fields.iter().find(|field| field.mandatory);
        if let (true, Some(missing)) = (form.fields.is_empty(), mandatory) {
            let wrong = Wrong::Format(Fault::Missing);
            return Err(FillError::at(path::top(missing), wrong));
        }
        match self.catalogue.check(&form) {
            Ok(doubts) => Ok((form, doubts)),
            Err(error) => Err(error.into()),
        }
    }

    fn place(&mut self, place: &Place<'a>, values: Vec<Value>) -> Result<(), FillError> {
        let joins = self.begun.contains(&place.steps);
        if place.is_list() && place.index.is_none() && !joins {
            self.begun.push(place.steps.clone());
        }
        let put = path::put(&mut self.fields, place, values, joins);
        path::prune(&mut self.fields);
        put
    }
}

/// Puts a field in place of the one of its number, keeping the order of numbers.
fn put(fields: &mut Vec<Field>, field: Field) {
    match fields.binary_search_by_key(&field.number, |f| f.number) {
        Ok(at) => {
            if let Some(held) = fields.get_mut(at) {
                *held = field;
            }
        }
        Err(at) => fields.insert(at, field),
    }
}

/// The words of fields, for whoever named one that there is not.
fn words(fields: &[FieldDefinition]) -> Vec<String> {
    fields.iter().map(|field| field.word.clone()).collect()
}
