//! `signet keys list`.

use chrono::{DateTime, Utc};

use crate::{
    cli::{CommandContext, CommandFailure, print, setup},
    keyring::UpcomingKeys,
};

pub(super) fn run(context: &CommandContext) -> Result<(), CommandFailure> {
    let now = context.clock.now();
    let keyring = setup::read_existing_keys(context)?;
    let time =
        |time: Option<DateTime<Utc>>| time.map_or_else(|| "-".to_owned(), |time| time.to_rfc3339());
    print(format!(
        "{:<9}  {:<6}  {:<25}  {:<25}  {:<25}  kid",
        "phase", "kind", "signs from", "signs until", "verifies until"
    ))?;
    for (file, kid, window) in keyring.list() {
        print(format!(
            "{:<9}  {:<6}  {:<25}  {:<25}  {:<25}  {kid}",
            window.phase(now).to_string(),
            file.kind.to_string(),
            time(Some(window.signs_from)),
            time(window.signs_until),
            time(window.verifies_until),
        ))?;
    }
    for UpcomingKeys {
        kind,
        signing,
        next,
    } in keyring.upcoming(now)
    {
        let rotate_after = context.config.keys.rotate_after;
        let due = signing.map(|since| since + rotate_after);
        print(match (next, due) {
            (Some(next), _) => format!("{kind}: the successor signs from {}", next.to_rfc3339()),
            (None, Some(due)) if due > now => format!(
                "{kind}: no successor is waiting; `signet keys rotate` creates one from {} on",
                due.to_rfc3339()
            ),
            (None, _) => {
                format!("{kind}: no successor is waiting; `signet keys rotate` creates one now")
            }
        })?;
    }
    Ok(())
}
