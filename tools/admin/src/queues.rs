use std::collections::HashMap;

use api::Job;
use aws_config::SdkConfig;
use identity::{ErasureJob, MailJob};

use crate::error::{Error, Result};

/// The queues of the stack: the URL of each, by the variable that functions find it in. CloudFormation names a queue after
/// the stack and the queue's name in template.yaml. The operator's own variable goes first.
pub async fn find(config: &SdkConfig, stack: &str) -> Result<HashMap<String, String>> {
    let sqs = aws_sdk_sqs::Client::new(config);
    let mut found = HashMap::new();
    for (variable, name) in [(MailJob::QUEUE.variable, "MailQueue"), (ErasureJob::QUEUE.variable, "ErasureQueue")] {
        let url = match std::env::var(variable) {
            Ok(url) => url,
            Err(_) => named(&sqs, &format!("{stack}-{name}-"), variable).await?,
        };
        found.insert(variable.to_owned(), url);
    }
    Ok(found)
}

async fn named(sqs: &aws_sdk_sqs::Client, prefix: &str, variable: &str) -> Result<String> {
    let answer = sqs.list_queues().queue_name_prefix(prefix).send().await;
    let answer = answer.map_err(|error| Error::Aws(dynamo::describe_sdk_error(&error)))?;
    match answer.queue_urls() {
        [url] => Ok(url.clone()),
        urls => Err(Error::Aws(format!("{} queues have names that begin with {prefix}: set {variable}", urls.len()))),
    }
}
