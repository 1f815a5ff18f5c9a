//! The lock for a report.

use crate::audit::lock::Lock;
use crate::model::Report;
use crate::source::secret::hide_in_report;

/// The lock for `report`. It is kept under version control, so its texts are without secrets.
pub(crate) fn lock_without_secrets(report: &Report) -> Lock {
    Lock::showing(report, &report.published(&hide_in_report))
}
