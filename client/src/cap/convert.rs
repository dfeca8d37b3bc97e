//! The two ways in one call each: a file to a form that can be sent, a message to a file.
//!
//! Decides whether what an alert became may be sent at all. Spec: cap.md.

use super::from_form::{Facts, Superseded, from_form};
use super::schema::Version;
use super::{Alert, CapError, Content, NotCarried, read, status, to_form, write};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use estafette_protocol::crypto::Hash;
use estafette_protocol::envelope::Header;
use estafette_protocol::form::Form;
use estafette_protocol::format::{Catalogue, FormatError};
use estafette_protocol::precedence::Status;

/// What a file becomes.
#[derive(Debug, Clone)]
pub struct Converted {
    /// The version of CAP that the file was written in.
    pub version: Version,
    /// The form of format 2.
    pub form: Form,
    /// The status under which it travels; none for a draft.
    pub status: Option<Status>,
    /// What of the file the form does not hold.
    pub not_carried: NotCarried,
    /// Why the form cannot be sent: it is too long, for example.
    pub fault: Option<FormatError>,
}

/// Reads a file and converts its alert.
///
/// # Errors
/// [`CapError`], for which a [`Failure`] of three lines stands ready.
pub fn convert(bytes: &[u8]) -> Result<Converted, CapError> {
    let alert = read(bytes)?;
    let (form, not_carried) = to_form(&alert)?;
    Ok(Converted {
        version: alert.version,
        status: term_of(&alert, "status").and_then(status),
        fault: Catalogue::built_in().check(&form).err(),
        form,
        not_carried,
    })
}

impl Converted {
    /// The status to send it under.
    ///
    /// # Errors
    /// A draft is never sent, nor is a form that does not fill its format.
    pub fn sendable(&self) -> Outcome<Status> {
        let status = self.status.ok_or(CapError::Draft)?;
        match &self.fault {
            None => Ok(status),
            Some(fault) => Err(Failure::new(
                Exit::Failed,
                "cap-does-not-fit",
                format!("the alert does not fit a form: {fault}"),
                "Nothing was sent; nothing of it is left out to make it fit.",
                "shorten the file, or:  estafette note --text-file FILE --to DESK",
            )),
        }
    }
}

impl Facts {
    /// What the header of a message says, and that of the message that it supersedes.
    #[must_use]
    pub fn of(header: &Header, digest: &Hash, superseded: Option<(&Header, &Hash)>) -> Self {
        let identifier = |digest: &Hash| hex::encode(digest.as_slice());
        let desks = header.addressees.iter();
        Self {
            identifier: identifier(digest),
            sender: header.sender.as_str().to_owned(),
            sent: header.created,
            status: header.status,
            addresses: desks.map(|a| a.desk.as_str().to_owned()).collect(),
            marking: header.marking.iter().map(|m| m.words()).collect(),
            supersedes: header.supersedes.is_some(),
            superseded: superseded.map(|(header, digest)| Superseded {
                sender: header.sender.as_str().to_owned(),
                identifier: identifier(digest),
                sent: header.created,
            }),
        }
    }
}

/// The file of CAP 1.2 that a message is, and the words of the fields that it does not hold.
///
/// # Errors
/// [`CapError`].
pub fn export(form: &Form, facts: &Facts) -> Result<(String, Vec<String>), CapError> {
    let exported = from_form(form, facts)?;
    Ok((write(&exported.alert), exported.not_carried))
}

/// The text of an element in `<alert>`.
fn term_of<'a>(alert: &'a Alert, name: &str) -> Option<&'a str> {
    let node = alert.nodes.iter().find(|node| node.element.name == name);
    match &node?.content {
        Content::Text(text) => Some(text.as_str()),
        Content::Nodes(_) => None,
    }
}
