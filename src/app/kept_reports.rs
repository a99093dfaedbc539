//! Weekly reports that were kept: as they were, whatever became of the runs.

use serde_json::json;

use super::access::{self, Viewer};
use super::db::Tx;
use super::erasure::Known;
use super::error::{Error, Result};
use super::group_report::{ReportQuery, WeekReport};
use super::{App, db, limits};
use crate::domain::ids::{GroupId, ReportId, UserId};
use crate::domain::{calendar, text};

pub use super::db::group_reports::Listed;

/// Longest note of a coach on a report, in characters.
pub const LONGEST_NOTE: usize = 4_000;

/// A kept report.
#[derive(Debug, Clone)]
pub struct KeptReport {
    pub id: ReportId,
    /// None once the group was deleted.
    pub group_id: Option<GroupId>,
    pub report: WeekReport,
    /// What the coach wrote on it.
    pub note: String,
    pub created_by: UserId,
    /// Empty where they left.
    pub created_by_name: String,
    pub created_at: i64,
}

impl App {
    /// Keeps the report of a week with what the coach wrote on it.
    pub async fn keep_group_report(
        &self,
        viewer: &Viewer,
        id: GroupId,
        query: &ReportQuery,
        note: &str,
    ) -> Result<ReportId> {
        let note = text::paragraphs(note);
        if note.chars().count() > LONGEST_NOTE {
            return Err(Error::invalid("note", format!("Use at most {LONGEST_NOTE} characters.")));
        }
        let report = self.group_report(viewer, id, query).await?;
        self.count_attempt(limits::KEPT_REPORTS, &viewer.user.id.to_string()).await?;
        let mut tx = self.db().write().await?;
        let held = access::held_group(&mut tx, viewer, id).await?;
        let kept = db::group_reports::Report {
            id: ReportId::from_uuid(self.uuid()),
            org_id: held.org_id(),
            group_id: Some(id),
            group_name: held.group().name.clone(),
            user_id: query.athlete,
            week: report.first_day,
            timezone: report.timezone.clone(),
            note,
            payload: serde_json::to_string(&report).map_err(Error::internal)?,
            created_by: viewer.user.id,
            created_at: self.now(),
        };
        db::group_reports::insert(&mut tx, &kept).await?;
        let details = json!({ "report_id": kept.id, "week": calendar::iso_date(kept.week) });
        self.audit(&mut tx, viewer, kept.org_id, "group.report_kept", id, Some(id), details).await?;
        tx.commit().await?;
        Ok(kept.id)
    }

    /// Deletes a kept report. Any coach of the organization may; the audit trail says who did.
    pub async fn delete_report(&self, viewer: &Viewer, id: ReportId) -> Result<Option<GroupId>> {
        let org = viewer.coach()?.org_id();
        let mut tx = self.db().write().await?;
        let kept = db::group_reports::find(&mut tx, org, id).await?.ok_or(Error::NotFound)?;
        db::group_reports::delete(&mut tx, org, id).await?;
        let week = calendar::iso_date(kept.week);
        let details = json!({ "report_id": id, "week": week, "name": kept.group_name });
        let subject = kept.group_id.map_or_else(|| id.to_string(), |group| group.to_string());
        self.audit(&mut tx, viewer, org, "group.report_deleted", subject, kept.group_id, details).await?;
        tx.commit().await?;
        Ok(kept.group_id)
    }

    /// The kept reports of a group, or of the whole organization (those of deleted groups too), newest first.
    pub async fn kept_reports(
        &self,
        viewer: &Viewer,
        group: Option<GroupId>,
        before: Option<ReportId>,
        limit: i64,
    ) -> Result<Vec<Listed>> {
        let org = viewer.coach()?.org_id();
        let mut tx = self.db().read().await?;
        if let Some(id) = group {
            access::group(&mut tx, viewer, id).await?.coached()?;
        }
        Ok(db::group_reports::list(&mut tx, org, group, before, limit).await?)
    }

    /// A kept report, as it was.
    pub async fn kept_report(&self, viewer: &Viewer, id: ReportId) -> Result<KeptReport> {
        let org = viewer.coach()?.org_id();
        let mut tx = self.db().read().await?;
        let kept = db::group_reports::find(&mut tx, org, id).await?.ok_or(Error::NotFound)?;
        let by = db::members::name(&mut tx, org, kept.created_by).await?;
        drop(tx);
        let report: WeekReport = serde_json::from_str(&kept.payload).map_err(Error::internal)?;
        Ok(KeptReport {
            id: kept.id,
            group_id: kept.group_id,
            report,
            note: kept.note,
            created_by: kept.created_by,
            created_by_name: by.unwrap_or_default(),
            created_at: kept.created_at,
        })
    }

    /// Whether a report of the same week made now would have other figures. `None` where none can be made: the
    /// group was deleted, or who it is about is gone from it.
    pub async fn is_report_changed(&self, viewer: &Viewer, kept: &KeptReport) -> Result<Option<bool>> {
        let report = &kept.report;
        let Some(group) = kept.group_id.filter(|_| !report.is_about_one || report.athlete.is_some()) else {
            return Ok(None);
        };
        match self.report_from(viewer, group, report.first_day, &report.timezone, report.athlete).await {
            Ok(now) => Ok(Some(!report.has_figures_of(&now))),
            // The one athlete that it is about has left.
            Err(Error::NotFound) => Ok(Some(true)),
            Err(error) => Err(error),
        }
    }

    /// Blanks a person in the kept reports of groups, of any organization: their name, their id and what their runs
    /// were called go, in the coach's notes too; the figures, which are part of the group's, stay without a name.
    /// For erasing an account, which deletes the reports about this person alone.
    pub(super) async fn blank_in_reports(tx: &mut Tx, user: UserId, known: &Known) -> Result<usize> {
        let groups = db::erasure::groups(tx, user).await?;
        let mut count = 0;
        for kept in db::group_reports::naming(tx, user, &groups).await? {
            if kept.user_id == Some(user) {
                continue;
            }
            let mut report: WeekReport = serde_json::from_str(&kept.payload).map_err(Error::internal)?;
            let mut is_in = false;
            for athlete in report.athletes.iter_mut().filter(|a| a.user_id == Some(user)) {
                athlete.user_id = None;
                athlete.display_name.clear();
                athlete.runs.iter_mut().for_each(|run| run.title.clear());
                is_in = true;
            }
            let payload = serde_json::to_string(&report).map_err(Error::internal)?;
            db::group_reports::set_payload(tx, kept.id, &payload, &known.blank(&kept.note)).await?;
            count += usize::from(is_in);
        }
        Ok(count)
    }
}
