//! The framework. An [`Endpoint`] declares its route, its level, its limits and the parts that it uses. [`call`]
//! handles every request. [`Error`] becomes the client's problem and the log's reason. [`serve`] is the whole `main` of
//! a Lambda. The framework names no table, job, error code or path of a domain: each domain declares its own.
#![deny(missing_docs)]

mod audit;
mod blocking;
mod body;
mod call;
mod catalogue;
mod context;
mod endpoint;
mod error;
mod idempotency;
mod jobs;
mod limits;
mod log;
pub mod openapi;
mod part;
mod request;
mod response;
mod route;
mod serve;
mod settings;
mod start;
mod tuples;

pub use audit::{Act, Actor, Audit, AuditEntry, AuditLog, AuditQuery, AuditRow, AuditValue, ReadsAudit};
pub use blocking::BlockingPool;
pub use body::{Body, Field, Fields, Json, SchemaBuilder};
pub use call::call;
pub use catalogue::Entry;
pub use context::{Context, Part, Permit};
pub use dynamo::{
    Edited, Erasure, Error as DatabaseError, Invalid, OwnedByUser, Page, PageRequest, Purged, Write, Written,
    inline_schema, rfc3339, schema,
};
pub use endpoint::Endpoint;
pub use error::{Code, DomainError, Error, ErrorRow, FieldError, Result, codes};
pub use idempotency::{
    Answer, Committed, Idempotency, IdempotencyKey, IdempotencyOfAccount, Once, Replayable, StoredResponse,
};
pub use jobs::{
    Done, Job, Queue, QueueName, Spool, Spooled, Task, TaskEntry, Worker, WorkerEntry, handle_batch, handle_job,
};
pub use jobs::{replace_file, run_task};
pub use limits::{HOUR, Limit, LimitKey, LimitStatus, Limiter, MINUTE, QUARTER_HOUR, counts_address, counts_subject};
pub use limits::{Outcome, Rule, per_ip, per_subject, per_subject_and_ip, per_subject_at_new_addresses, per_user};
pub use log::{FRAMEWORK_EVENTS, FRAMEWORK_METRICS, LogLine, Metric, UNKNOWN, recorded, start_log};
pub use part::PartInfo;
pub use request::{ClientAddress, FromPath, FromRequest, HasRevision, IfMatch, Path, Request, Revision, TrustedProxy};
pub use response::{
    Accepted, Asset, AssetFiles, AssetKind, Created, IntoResponse, LIBRARY_POLICY, NoContent, PAGE_POLICY, Paged,
    Response, Selected, Started, StaticAsset, Tagged, Versioned,
};
pub use route::{Method, Route, delete, get, patch, post, put};
pub use serve::{Setup, serve, serve_task, serve_with, serve_worker};
pub use settings::{Environment, Prewarm, Settings};
