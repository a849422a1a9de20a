//! What `Debug` shows of what holds a secret.

use std::sync::Arc;

use provisioner::directory::PingOneFile;
use provisioner::{ConnectionFile, MemoryLinks, Provisioner, SyncOptions, Transport};

use super::super::fake::{people, rule};
use super::find::Canary;
use super::{Booth, PINGONE_SECRET, SECRET, TOKEN};

#[tokio::test]
async fn debug_shows_no_secret() {
    let booth = Booth::new().await;
    booth.pingone();
    let folder = booth.desk.path();
    let file = ConnectionFile::read(&folder.join("connection.toml")).unwrap();
    let connection = file.with_secret(Some(SECRET.to_owned())).unwrap();
    let transport = Transport::new().unwrap();
    let pingone = PingOneFile::read(&folder.join("pingone.toml")).unwrap();
    let source = pingone
        .with_secret(Some(PINGONE_SECRET.to_owned()))
        .unwrap();
    let links = Arc::new(MemoryLinks::default());
    let mut engine = Provisioner::new(connection.clone(), vec![rule()], links, transport.clone());
    let report = engine.sync(&people(0..2), SyncOptions::default()).await;
    let plan = engine
        .plan_file(&people(0..2), SyncOptions::default())
        .await;
    let shown = format!(
        "{connection:?}{connection:#?}{file:#?}{transport:?}{pingone:#?}{source:#?}{report:#?}{plan:#?}"
    );
    assert!(shown.contains("account_id"), "it is shown at all");
    for (name, secret) in [
        ("secret", SECRET),
        ("token", TOKEN),
        ("PingOne's", PINGONE_SECRET),
    ] {
        Canary::new(name, secret).is_not_in("Debug", shown.as_bytes());
    }
    // The key that hashes of the audit are made with is derived from no secret that can be read back.
    let fingerprint = connection.authentication_fingerprint();
    Canary::new("secret", SECRET).is_not_in("the fingerprint", fingerprint.as_bytes());
}
