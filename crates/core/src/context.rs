//! What a conversation is about: the active project, recent issues and the user's preferences.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::json::{shape, words};

/// The most recent issues that a session keeps.
pub(crate) const RECENT_ISSUES_MAX: usize = 20;
/// The longest name, title, id or language in a context, in bytes.
pub(crate) const TEXT_BYTES_MAX: usize = 1024;

shape! {
    /// The project context of a session.
    #[derive(Default)]
    pub struct Context: strict {
        /// The project that is worked on.
        pub active_project: Option<Project> = "activeProject",
        /// Newest first, no two with one id, at most 20.
        pub recent_issues: Vec<Issue> = "recentIssues" or Vec::new(),
        /// How the user wants to be answered.
        pub user_preferences: Preferences = "userPreferences" or Preferences::default(),
    }
}

shape! {
    /// A project; the types known so far are `codegen` and `linear`.
    pub struct Project: strict {
        /// The project's id where it comes from.
        pub id: Box<str> = "id",
        /// Its name.
        pub name: Box<str> = "name",
        /// What kind of project it is.
        pub r#type: Box<str> = "type",
    }
}

shape! {
    /// An issue of a tracker.
    pub struct Issue: strict {
        /// The issue's id, for example `LIN-42`.
        pub id: Box<str> = "id",
        /// Its title.
        pub title: Box<str> = "title",
        /// Its state in the tracker.
        pub status: Box<str> = "status",
    }
}

shape! {
    /// How the user wants to be answered.
    pub struct Preferences: strict {
        /// A language tag (BCP 47).
        pub language: Cow<'static, str> = "language" or Cow::Borrowed("en"),
        /// How long answers are to be.
        pub response_format: ResponseFormat = "responseFormat" or ResponseFormat::Brief,
    }
}

impl Preferences {
    const DEFAULT: Self = Self { language: Cow::Borrowed("en"), response_format: ResponseFormat::Brief };
}

impl Default for Preferences {
    fn default() -> Self {
        Self::DEFAULT
    }
}

words! {
    /// How long answers are to be.
    pub enum ResponseFormat {
        /// Short.
        Brief = "brief",
        /// At length.
        Detailed = "detailed",
    }
}

shape! {
    /// A change of preferences: what is absent stays.
    #[derive(Default)]
    pub struct PreferencesPatch: strict {
        /// See [`Preferences::language`].
        pub language: Option<Cow<'static, str>> = "language",
        /// See [`Preferences::response_format`].
        pub response_format: Option<ResponseFormat> = "responseFormat",
    }
}

/// What a session has that nobody gave a context: most have it, so it is there once.
pub(crate) static DEFAULT: Context = Context { active_project: None, recent_issues: Vec::new(), user_preferences: Preferences::DEFAULT };

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
