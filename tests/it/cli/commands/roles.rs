//! Roles on the command line: `signet users create`, `invite` and `role`.

use std::fs;

use super::run_signet;
use crate::support::PASSWORD;

/// A role without a table in the configuration is allowed, so a typing error cannot be refused.
#[test]
fn role_without_a_table_is_set_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let settings = "roles.editor.groups = ['staff']\n";
    fs::write(folder.join("signet.toml"), settings).unwrap();
    assert_eq!(run_signet(folder, &["keys", "generate"], "").code, 0);
    assert_eq!(run_signet(folder, &["migrate"], "").code, 0);

    let create = ["users", "create", "ada@example.com", "--role"];
    let set = ["users", "role", "ada@example.com"];
    let invite = ["users", "invite", "bob@example.com", "--role"];
    for (command, role, warning) in [
        (&create[..], "edtor", Some("Did you mean editor?")),
        (&set, "admim", Some("Did you mean admin?")),
        (&set, "warehouse", Some("[roles.warehouse] with groups")),
        (&set, "editor", None),
        (&set, "admin", None),
        (&invite, "usr", Some("Did you mean user?")),
    ] {
        let done = run_signet(folder, &[command, &[role]].concat(), PASSWORD);
        assert_eq!(done.code, 0, "{role}: {}", done.err);
        let warned = format!("the role {role} is not configured");
        assert_eq!(
            done.err.contains(&warned),
            warning.is_some(),
            "{role}: {}",
            done.err
        );
        let warning = warning.unwrap_or_default();
        assert!(done.err.contains(warning), "{role}: {}", done.err);
        if command == set {
            let shown = run_signet(folder, &["users", "show", "ada@example.com"], "").out;
            assert!(
                shown.contains(&format!("role            {role}\n")),
                "{shown}"
            );
        }
    }
}
