//! Work that goes on after its request was answered.

use crate::words;

words! {
    /// What a job does.
    pub enum JobKind {
        Import = "import", "Import of files";
        Loads = "loads", "New training loads";
        Erasure = "erasure", "Erasing of an account";
    }
}

words! {
    /// How far a job is.
    pub enum JobState {
        Queued = "queued", "Waiting";
        Running = "running", "At work";
        Done = "done", "Done";
        Failed = "failed", "Failed";
        Cancelled = "cancelled", "Cancelled";
    }
}

impl JobState {
    /// Whether nothing will change any more.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}
