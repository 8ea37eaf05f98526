//! The key of ID tokens: a start on a loopback issuer creates it, any other start names the command.

use std::{fs, path::Path, process::Command, sync::Arc};

use crate::{
    cli::commands::{CommandOutput, run_signet},
    support::{
        keys::{age, key_files},
        process::{ServiceProcess, free_address, in_folder, run},
        requirements,
    },
};

const OPENID: &str = "[[clients]]\nclient_id = 'web'\nscopes = 'openid'\n";

/// A folder with an ES256 key and a secret, and a client that needs an RS256 key.
fn folder() -> Arc<tempfile::TempDir> {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run_signet(folder.path(), &["keys", "generate"], "").code, 0);
    fs::write(folder.path().join("signet.toml"), OPENID).unwrap();
    Arc::new(folder)
}

fn rs256_keys(folder: &Path) -> Vec<String> {
    key_files(&folder.join("keys"), ".rs256.pem")
}

fn serve(folder: &Path) -> CommandOutput {
    let address = free_address().to_string();
    run_signet(folder, &["serve", "--listen", &address], "")
}

#[test]
fn start_on_loopback_adds_only_the_missing_key() {
    let shared = folder();
    let before = key_files(&shared.path().join("keys"), "");
    let mut service = ServiceProcess::start_in(shared.clone(), free_address(), &[]);
    let [made] = rs256_keys(shared.path()).try_into().unwrap();
    let after = key_files(&shared.path().join("keys"), "");
    assert_eq!(after.len(), 3);
    assert!(before.iter().all(|name| after.contains(name)), "{after:?}");
    let printed = service.printed();
    let line = format!("keys, generated {made}\n");
    assert!(printed.contains(&line), "{printed}");
    service.wait_for_log("keys_generate");
    let jwks = service.get("/.well-known/jwks.json", "").1;
    assert!(jwks.contains("\"alg\":\"RS256\""), "{jwks}");
    drop(service);

    // A second start finds it.
    let service = ServiceProcess::start_in(shared.clone(), free_address(), &[]);
    assert!(!service.printed().contains("generated"));
    assert_eq!(rs256_keys(shared.path()), [made]);
}

#[test]
fn start_elsewhere_names_the_command_that_creates_the_key() {
    let shared = folder();
    let path = shared.path();
    let issuer = "issuer = 'https://auth.example.com'\n";
    fs::write(path.join("signet.toml"), [issuer, OPENID].concat()).unwrap();
    let refused = serve(path);
    assert_eq!(refused.code, 2);
    let fault = "  keys: no RS256 key signs now: `signet keys generate` creates what is missing";
    assert!(refused.err.contains(fault), "{}", refused.err);
    assert!(rs256_keys(path).is_empty());
    assert!(!path.join("signet.db").exists());

    let written = run_signet(path, &["keys", "generate"], "");
    assert_eq!((written.code, written.out.lines().count()), (0, 1));
    assert_eq!(rs256_keys(path).len(), 1);
    let service = ServiceProcess::start_in(shared.clone(), free_address(), &[]);
    assert_eq!(service.get("/readyz", "").0, 200);
}

#[test]
fn concurrent_starts_create_one_key_of_each_kind() {
    for round in 0..4 {
        let shared = folder();
        if round % 2 == 1 {
            fs::remove_dir_all(shared.path().join("keys")).unwrap();
        }
        std::thread::scope(|scope| {
            let start = || ServiceProcess::start_in(shared.clone(), free_address(), &[]);
            let services: Vec<_> = (0..3).map(|_| scope.spawn(start)).collect();
            let services = services.into_iter().map(|it| it.join().unwrap());
            let key_sets = services.map(|service| service.get("/.well-known/jwks.json", "").1);
            let key_sets: Vec<_> = key_sets.collect();
            assert!(
                key_sets.iter().all(|it| *it == key_sets[0]),
                "{key_sets:#?}"
            );
        });
        let kept = key_files(&shared.path().join("keys"), "");
        assert_eq!(kept.len(), 3, "{kept:?}");
    }
}

#[test]
fn read_only_folder_without_the_key_is_named() {
    let shared = folder();
    let mount = "mount --bind keys keys && mount -o remount,bind,ro keys";
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["-rm", "sh", "-c", script]);
        in_folder(command, shared.path())
    };
    let tried = unshare(mount).output();
    if !tried.is_ok_and(|tried| tried.status.success()) {
        return requirements::lacks("a mount of its own").unwrap_or_default();
    }
    let (signet, address) = (env!("CARGO_BIN_EXE_signet"), free_address());
    let script = format!("{mount} && exec {signet} --listen {address}");
    let output: CommandOutput = run(unshare(&script), "").into();
    assert_eq!(output.code, 2, "{}", output.err);
    for fault in [
        "  keys: no RS256 key signs now: `signet keys generate` creates what is missing\n",
        "  keys: cannot be written to: read-only filesystem",
    ] {
        assert!(output.err.contains(fault), "{}", output.err);
    }
    assert!(rs256_keys(shared.path()).is_empty());
}

#[test]
fn retired_or_later_key_is_not_joined_by_another() {
    let shared = folder();
    let path = shared.path();
    for time in ["20260101T000000Z", "20260201T000000Z"] {
        run_signet(path, &["keys", "generate", "--now", "rs256"], "");
        age(&path.join("keys"), time);
    }
    let listed = run_signet(path, &["keys", "list"], "").out;
    assert!(listed.contains("retired    RS256"), "{listed}");
    let before = rs256_keys(path);
    let service = ServiceProcess::start_in(shared.clone(), free_address(), &[]);
    assert_eq!(rs256_keys(path), before);
    drop(service);

    // The only key signs later: the clock may be behind, so the start creates no key.
    let [retired, signing] = before.try_into().unwrap();
    fs::remove_file(path.join("keys").join(retired)).unwrap();
    let later = path.join("keys/20990101T000000Z.rs256.pem");
    fs::rename(path.join("keys").join(signing), later).unwrap();
    let refused = serve(path);
    assert_eq!(refused.code, 2);
    let fault = "no RS256 key signs now: the first one signs from 2099-01-01T00:00:00+00:00";
    assert!(refused.err.contains(fault), "{}", refused.err);
    assert_eq!(rs256_keys(path).len(), 1);
}
