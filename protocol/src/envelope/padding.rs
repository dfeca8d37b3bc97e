//! Size classes, so that a body's length says little about its form. Spec: envelope.md ENV-13.

use crate::crypto::CryptoError;

const STEP: usize = 32_768;
const LONGEST: usize = 491_520;

/// The smallest size class of at least `bytes`.
#[must_use]
pub fn size_class(bytes: usize) -> Option<usize> {
    let class = match bytes {
        0..=STEP => bytes.next_power_of_two().max(256),
        _ => bytes.checked_next_multiple_of(STEP)?,
    };
    (class <= LONGEST).then_some(class)
}

/// Whether a padded body may have this length.
#[must_use]
pub fn is_size_class(bytes: usize) -> bool {
    size_class(bytes) == Some(bytes)
}

/// Length, form, zeros up to the size class.
///
/// # Errors
/// [`CryptoError::Length`] when the form is longer than the largest class holds.
pub fn pad(form: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let len = u32::try_from(form.len()).map_err(|_| CryptoError::Length)?;
    let class = size_class(form.len().saturating_add(4)).ok_or(CryptoError::Length)?;
    let mut padded = Vec::with_capacity(class);
    padded.extend_from_slice(&len.to_be_bytes());
    padded.extend_from_slice(form);
    padded.resize(class, 0);
    Ok(padded)
}

/// The form of a padded body, where the size class is the smallest and the rest is zeros (ENV-14).
#[must_use]
pub fn unpad(padded: &[u8]) -> Option<&[u8]> {
    let (len, rest) = padded.split_first_chunk::<4>()?;
    let len = usize::try_from(u32::from_be_bytes(*len)).ok()?;
    let (form, zeros) = rest.split_at_checked(len)?;
    let smallest = size_class(len.checked_add(4)?) == Some(padded.len());
    (smallest && zeros.iter().all(|byte| *byte == 0)).then_some(form)
}
