//! The exercises that an agency takes part in.

use estafette_protocol::address::Desk;
use estafette_protocol::encoding::{FixedBytes, Text};
use estafette_protocol::roster::Exercise;
use estafette_protocol::time::{DAY_MS, UnixMillis};
use serde::{Deserialize, Serialize};

use super::{AuthorityError, Draft, text};

const NAME_BYTES_MAX: usize = 64;
const WINDOW_MS_MAX: u64 = 90 * DAY_MS;
const PARTICIPANTS_MAX: usize = 256;
const EXERCISES_MAX: usize = 16;

/// A drill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftExercise {
    /// The same at every agency that takes part.
    #[serde(with = "text::exercise_id")]
    pub id: FixedBytes<16>,
    /// Name for people.
    pub name: String,
    /// From when messages of it are taken.
    #[serde(with = "text::time")]
    pub not_before: UnixMillis,
    /// Until when.
    #[serde(with = "text::time")]
    pub not_after: UnixMillis,
    /// Desks of the agency that take part.
    pub participants: Vec<Desk>,
}

impl Draft {
    /// Adds an exercise, or changes the one with the same id.
    ///
    /// # Errors
    /// [`AuthorityError::DeskUnknown`] or [`AuthorityError::Exercise`]; nothing changes then.
    pub fn add_exercise(&mut self, mut exercise: DraftExercise) -> Result<bool, AuthorityError> {
        exercise.participants.sort();
        exercise.participants.dedup();
        for desk in &exercise.participants {
            self.desk(desk)?;
        }
        let refuse = |why| {
            Err(AuthorityError::Exercise {
                name: exercise.name.clone(),
                why,
            })
        };
        let window = exercise.not_after.since(exercise.not_before);
        if !(1..=NAME_BYTES_MAX).contains(&exercise.name.len()) {
            return refuse("the name of an exercise has 1 to 64 bytes");
        }
        if !(1..=WINDOW_MS_MAX).contains(&window) {
            return refuse("an exercise ends after it begins, by at most 90 days");
        }
        if !(1..=PARTICIPANTS_MAX).contains(&exercise.participants.len()) {
            return refuse("an exercise has 1 to 256 desks of the agency");
        }
        let is_full = self.exercises.len() >= EXERCISES_MAX;
        match self.exercises.iter_mut().find(|e| e.id == exercise.id) {
            Some(held) if *held == exercise => return Ok(false),
            Some(held) => *held = exercise,
            None if is_full => return refuse("a roster lists at most 16; remove one that is over"),
            None => self.exercises.push(exercise),
        }
        Ok(true)
    }

    /// The exercise of a name or, in hexadecimal digits, of an id.
    #[must_use]
    pub fn exercise(&self, text: &str) -> Option<&DraftExercise> {
        let mut all = self.exercises.iter();
        all.find(|e| e.name == text || hex::encode(e.id.as_slice()) == text)
    }

    /// Removes an exercise.
    ///
    /// # Errors
    /// [`AuthorityError::ExerciseUnknown`].
    pub fn remove_exercise(&mut self, text: &str) -> Result<DraftExercise, AuthorityError> {
        let found = self.exercise(text).cloned();
        let found = found.ok_or_else(|| AuthorityError::ExerciseUnknown(text.to_owned()))?;
        self.exercises.retain(|held| held.id != found.id);
        Ok(found)
    }

    pub(super) fn roster_exercises(&self) -> Result<Vec<Exercise>, AuthorityError> {
        let mut all = Vec::new();
        for exercise in &self.exercises {
            let mut participants = exercise.participants.clone();
            participants.sort();
            all.push(Exercise {
                id: exercise.id,
                name: Text::new(&exercise.name)?,
                not_before: exercise.not_before,
                not_after: exercise.not_after,
                participants,
            });
        }
        all.sort_by_key(|exercise| exercise.id);
        Ok(all)
    }
}
