"""What the project itself keeps in SQL: the audit log and jobs."""

from chatsystem.audit.models import AuditEntry, AuditHead
from chatsystem.jobs.models import Job, JobFailure, JobTotal, JobWorker

__all__ = ["AuditEntry", "AuditHead", "Job", "JobFailure", "JobTotal", "JobWorker"]
