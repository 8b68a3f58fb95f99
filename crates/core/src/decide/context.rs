//! The rules of what a conversation is about, of its title and of the application's data.

use super::{Decision, check_data, check_title};
use crate::Session;
use crate::code::{Code, Rejection};
use crate::command::Command;
use crate::context::valid_text;
use crate::event::Event;

pub(super) fn decide(session: &Session, command: &Command) -> Decision {
    let event: Event = match command {
        Command::SetActiveProject(set) => {
            if set.project.as_ref().is_some_and(|project| !project.is_valid()) {
                return Err(Rejection::invalid("/project", "text"));
            }
            set.clone().into()
        }
        Command::RecordIssue(record) => {
            if !record.issue.is_valid() {
                return Err(Rejection::invalid("/issue", "text"));
            }
            record.clone().into()
        }
        Command::RemoveIssue(remove) => {
            if !session.context().recent_issues.iter().any(|issue| issue.id == remove.issue) {
                return Ok(alloc::vec::Vec::new());
            }
            remove.clone().into()
        }
        Command::SetPreferences(set) => {
            if set.preferences.language.as_deref().is_some_and(|language| !valid_text(language)) {
                return Err(Rejection::invalid("/preferences/language", "text"));
            }
            set.clone().into()
        }
        Command::Rename(rename) => {
            check_title(rename.title.as_deref())?;
            rename.clone().into()
        }
        Command::PatchData(patch) => {
            check_data(&patch.patch)?;
            check_data(&session.data.merged(&patch.patch))?;
            patch.clone().into()
        }
        _ => return Err(Code::Malformed.into()),
    };
    Ok(alloc::vec![event])
}
