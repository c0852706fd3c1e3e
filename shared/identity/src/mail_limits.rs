use api::{Context, Done, Error, HOUR, Limit, Limiter, Part, PartInfo, Permit, Result, per_subject};

use crate::mails::Delivery;

/// Marks a counter in which a mail is counted that may not have been sent.
const UNCLEAR: Limit = per_subject(1, HOUR);
/// One mail per request, for longer than a queue delivers the request's job again by mistake.
const ONCE: Limit = per_subject(1, 24 * HOUR);

/// What a mail is counted as.
pub struct MailBudget {
    /// How many mails each counter allows.
    pub limit: Limit,
    /// The keys of the counters.
    pub counters: Vec<String>,
    /// The name of the request that the mail is for, which is answered by one mail. `None` for jobs without a name.
    pub request: Option<String>,
}

/// Counts mails, so that no mailbox is flooded, and no job is answered by two mails.
#[derive(Clone)]
pub struct MailLimits(Limiter);

impl MailLimits {
    /// Sends the mail if all counters allow it. The counts of a mail that was certainly not sent are given back.
    ///
    /// # Errors
    /// When the mail was not sent, and can be sent later, or may have been sent.
    pub async fn send(
        &self,
        context: &Context,
        budget: &MailBudget,
        send: impl Future<Output = Result<Delivery>>,
    ) -> Result<Done> {
        let request = budget.request.as_ref().map(|request| ONCE.key("mail once", request, ""));
        if let Some(request) = &request
            && self.0.is_spent(request, ONCE, &**context.clock()).await?
        {
            // The queue delivered the job of a sent mail again.
            return Ok(Done::Ok);
        }
        let done = self.counted(context, budget, send).await?;
        if let (Done::Ok, Some(request)) = (done, &request) {
            // Counted after the mail, so that no failure loses the mail. If this fails, a job that is delivered again is
            // answered by a second mail.
            let _ = self.0.try_acquire(request, ONCE, &**context.clock()).await;
        }
        Ok(done)
    }

    async fn counted(
        &self,
        context: &Context,
        budget: &MailBudget,
        send: impl Future<Output = Result<Delivery>>,
    ) -> Result<Done> {
        let MailBudget { limit, counters, .. } = budget;
        let mut counted = Vec::new();
        let (delivery, full) = match self.count(context, *limit, counters, &mut counted).await {
            Ok(None) => (send.await.map(Some), None),
            Ok(full) => (Ok(None), full),
            Err(error) => (Err(error), None),
        };
        // A mail without a usable answer may have been sent. It stays counted, so that its repeats can't flood a mailbox.
        if !matches!(delivery, Ok(Some(Delivery::Sent | Delivery::Unclear(_)))) {
            for counter in &counted {
                self.0.refund(counter, *limit).await;
            }
        }
        match delivery? {
            Some(Delivery::Sent) => Ok(Done::Ok),
            Some(Delivery::Refused(_)) => Ok(Done::Refused),
            Some(Delivery::Unclear(cause)) => {
                for counter in counted {
                    self.0.try_acquire(&mark(counter), UNCLEAR, &**context.clock()).await?;
                }
                Err(Error::Internal(cause))
            }
            None => self.withhold(context, full).await,
        }
    }

    /// Ends the job of a mail that was asked for too often. If the counter is full of tries without a usable answer, the
    /// user may have got no mail at all. Then the job is tried again.
    async fn withhold(&self, context: &Context, full: Option<&str>) -> Result<Done> {
        if let Some(mark) = full.map(mark) {
            if !self.0.try_acquire(&mark, UNCLEAR, &**context.clock()).await? {
                return Err(Error::Internal("the limit is used up by mails that may not have been sent".to_owned()));
            }
            self.0.refund(&mark, UNCLEAR).await;
        }
        tracing::warn!(event = "mail_withheld", reason = "limit");
        Ok(Done::Withheld)
    }

    /// Counts the mail against each counter, until one refuses, and returns that one. `counted` lists the counters that
    /// took it.
    async fn count<'a>(
        &self,
        context: &Context,
        limit: Limit,
        counters: &'a [String],
        counted: &mut Vec<&'a str>,
    ) -> Result<Option<&'a str>> {
        for counter in counters {
            if !self.0.try_acquire(counter, limit, &**context.clock()).await? {
                return Ok(Some(counter));
            }
            counted.push(counter);
        }
        Ok(None)
    }
}

/// The key of the mark of a counter.
fn mark(counter: &str) -> String {
    format!("unclear {counter}")
}

impl Part for MailLimits {
    const DATABASE: bool = true;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        context.part(permit).map(Self)
    }

    fn list(into: &mut Vec<PartInfo>) {
        <Limiter as Part>::list(into);
    }
}
