//! What a conversation is about: the active project, recent issues and the user's preferences.

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// The most recent issues that a session keeps.
pub(crate) const RECENT_ISSUES_MAX: usize = 20;
/// The longest name, title, id or language in a context, in bytes.
pub(crate) const TEXT_BYTES_MAX: usize = 1024;

/// The project context of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Context {
    /// The project that is worked on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_project: Option<Project>,
    /// Newest first, no two with one id, at most 20.
    pub recent_issues: Vec<Issue>,
    /// How the user wants to be answered.
    pub user_preferences: Preferences,
}

/// A project; the types known so far are `codegen` and `linear`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// The project's id where it comes from.
    pub id: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// What kind of project it is.
    pub r#type: Box<str>,
}

/// An issue of a tracker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Issue {
    /// The issue's id, for example `LIN-42`.
    pub id: Box<str>,
    /// Its title.
    pub title: Box<str>,
    /// Its state in the tracker.
    pub status: Box<str>,
}

/// How the user wants to be answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Preferences {
    /// A language tag (BCP 47).
    pub language: Box<str>,
    /// How long answers are to be.
    pub response_format: ResponseFormat,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { language: "en".into(), response_format: ResponseFormat::Brief }
    }
}

/// How long answers are to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum ResponseFormat {
    /// Short.
    Brief,
    /// At length.
    Detailed,
}

/// A change of preferences: what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PreferencesPatch {
    /// See [`Preferences::language`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Box<str>>,
    /// See [`Preferences::response_format`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_format: Option<ResponseFormat>,
}

impl Context {
    /// Puts an issue in front; an older record of it leaves.
    pub(crate) fn record(&mut self, issue: Issue) {
        self.recent_issues.retain(|known| known.id != issue.id);
        self.recent_issues.insert(0, issue);
        self.recent_issues.truncate(RECENT_ISSUES_MAX);
    }

    /// The first thing in it that is not allowed, as a JSON Pointer below the context.
    pub(crate) fn first_invalid(&self) -> Option<&'static str> {
        if self.active_project.as_ref().is_some_and(|project| !project.is_valid()) {
            return Some("/activeProject");
        }
        let issues = &self.recent_issues;
        let twice = issues.iter().enumerate().any(|(at, issue)| issues[..at].iter().any(|other| other.id == issue.id));
        if issues.len() > RECENT_ISSUES_MAX || twice || issues.iter().any(|issue| !issue.is_valid()) {
            return Some("/recentIssues");
        }
        (!valid_text(&self.user_preferences.language)).then_some("/userPreferences/language")
    }
}

impl Project {
    pub(crate) fn is_valid(&self) -> bool {
        valid_text(&self.id) && valid_text(&self.name) && valid_text(&self.r#type)
    }
}

impl Issue {
    pub(crate) fn is_valid(&self) -> bool {
        valid_text(&self.id) && self.title.len() <= TEXT_BYTES_MAX && valid_text(&self.status)
    }
}

/// Not empty and not too long.
pub(crate) fn valid_text(text: &str) -> bool {
    !text.is_empty() && text.len() <= TEXT_BYTES_MAX
}
