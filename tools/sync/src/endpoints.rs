use api::{Entry, HOUR, Limit, LimitKey, MINUTE};

const HEAD: &str = "| function | route | level | limits | purpose |\n|---|---|---|---|---|\n";

/// docs/endpoints.md with the table of the catalogue.
pub fn synced(text: &str, entries: &[Entry]) -> Result<String, String> {
    let (before, rest) =
        text.split_once(HEAD).ok_or_else(|| format!("the table is missing. It begins with\n{HEAD}"))?;
    let after: String = rest.split_inclusive('\n').skip_while(|line| line.starts_with('|')).collect();
    Ok([before, HEAD, &entries.iter().map(row).collect::<String>(), &after].concat())
}

fn row(entry: &Entry) -> String {
    let limits = entry.limits.iter().map(limit).collect::<Vec<_>>().join("; ");
    let (summary, _) = entry.summary();
    format!("| `{}` | `{}` | {} | {limits} | {summary} |\n", entry.name, entry.route, entry.access())
}

fn limit(limit: &Limit) -> String {
    let by = match limit.by {
        LimitKey::Ip => "IP",
        LimitKey::User => "user",
        LimitKey::Subject => "subject",
        LimitKey::SubjectAndIp => "subject and IP",
        LimitKey::NewAddresses => "subject from new addresses",
    };
    match limit.window {
        MINUTE => format!("{by} {}/min", limit.burst),
        HOUR => format!("{by} {}/h", limit.burst),
        seconds => format!("{by} {} per {} min", limit.burst, seconds / MINUTE),
    }
}
