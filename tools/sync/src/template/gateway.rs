use std::collections::BTreeSet;

use api::{Entry, Method};

use super::member::{self, Member, keys, members};

/// The gateway's throttle for endpoints that guard a credential.
const THROTTLE: &str = "          {ThrottlingRateLimit: !Ref CredentialThrottleRate, ThrottlingBurstLimit: !Ref CredentialThrottleBurst}\n";
const RATES: &str = "RouteSettings";
const CORS: &str = "CorsConfiguration";
const METHODS: [Method; 6] = [Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete];

/// The HTTP API: endpoints that guard a credential have a throttle, and CORS has the methods of all endpoints. What
/// people wrote is kept, also the throttle of a route that is gone: see [`spare`].
pub fn synced(api: &Member, entries: &[Entry]) -> Result<String, String> {
    let (head, attributes) = members(&api.text, 4);
    let mut text = head;
    for attribute in attributes {
        text += &if attribute.name == "Properties" { properties(&attribute, entries)? } else { attribute.text };
    }
    Ok(text)
}

/// The routes with a throttle that no endpoint has any more. The gateway keeps their rates, so somebody must delete those
/// before the deployment.
pub fn spare(api: &Member, entries: &[Entry]) -> Vec<String> {
    let routes: BTreeSet<String> = entries.iter().flat_map(Entry::routes).map(|route| route.to_string()).collect();
    let rates = member::properties(api).into_iter().filter(|property| property.name == RATES);
    let throttled = rates.flat_map(|rates| keys(&rates.text, 8)).map(|rate| rate.name);
    throttled.filter(|route| !routes.contains(route)).collect()
}

fn properties(properties: &Member, entries: &[Entry]) -> Result<String, String> {
    let (mut text, properties) = members(&properties.text, 6);
    let has_rates = properties.iter().any(|property| property.name == RATES);
    for property in &properties {
        text += &match property.name.as_str() {
            RATES => with_rates(&property.text, entries)?,
            CORS => with_methods(&property.text, entries),
            "DefaultRouteSettings" if !has_rates => {
                property.text.clone() + &with_rates(&format!("      {RATES}:\n"), entries)?
            }
            _ => property.text.clone(),
        };
    }
    Ok(text)
}

/// `RouteSettings`, with a throttle for each route that needs one.
fn with_rates(text: &str, entries: &[Entry]) -> Result<String, String> {
    if !text.lines().any(|line| line.trim_end() == format!("      {RATES}:")) {
        return Err(format!("{RATES} has its routes in the same line, so none can be added"));
    }
    let there: BTreeSet<String> = keys(text, 8).into_iter().map(|route| route.name).collect();
    let needed = entries.iter().filter(|entry| entry.has_throttle()).flat_map(Entry::routes);
    let missing = needed.map(|route| route.to_string()).filter(|route| !there.contains(route));
    let added: String = missing.map(|route| format!("        {route}:\n{THROTTLE}")).collect();
    let (kept, space) = text.split_at(text.trim_end().len());
    Ok(if added.is_empty() { text.to_owned() } else { format!("{kept}\n{added}{}", space.get(1..).unwrap_or("")) })
}

/// `CorsConfiguration`, with the methods of all endpoints, unless people wrote something else than a list.
fn with_methods(text: &str, entries: &[Entry]) -> String {
    let used: Vec<Method> = entries.iter().flat_map(Entry::routes).map(|route| route.method).collect();
    let used: Vec<&str> = METHODS.into_iter().filter(|method| used.contains(method)).map(Method::as_str).collect();
    let line = format!("        AllowMethods: [{}]\n", used.join(", "));
    let (mut synced, settings) = members(text, 8);
    if !settings.iter().any(|setting| setting.name == "AllowMethods") {
        synced += &line;
    }
    for setting in settings {
        let place =
            setting.text.lines().find(|line| line.starts_with("        AllowMethods: [") && line.ends_with(']'));
        synced += &match place {
            Some(old) => setting.text.replace(&format!("{old}\n"), &line),
            None => setting.text,
        };
    }
    synced
}
