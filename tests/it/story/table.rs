//! The stories, and how they are told at every vendor.
use futures_util::future::join_all;
use usherd::config;

use super::house::{House, target};
use super::scene::{Rules, Scene};
use super::steps::{APART, Step};
use super::vendor::Vendor;

/// A story: how its target differs from one of which nothing is declared, and what happens.
struct Story {
    name: &'static str,
    declare: fn(&mut config::Target),
    steps: &'static [Step],
}

/// The steps of a whole life.
const LIFE: &[Step] = &[
    Step::Create,
    Step::Repeat,
    Step::EachField,
    Step::Rename,
    Step::Group,
    Step::LeaveAndJoin,
    Step::RenameGroup,
    Step::Role,
    Step::WrongRole,
    Step::Off,
    Step::WhileOff,
    Step::On,
    Step::DeleteGroup,
    Step::Clear,
    Step::NoRole,
    Step::Delete,
    Step::Create,
    Step::Delete,
];

/// Tells the stories at every vendor.
async fn check(stories: &[Story]) {
    let vendors = adapters::VENDORS
        .iter()
        .map(|entry| told_at(Vendor::new(entry), stories));
    let faults: Vec<_> = join_all(vendors).await.concat();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Tells them at one vendor; what went wrong.
async fn told_at(vendor: Vendor, stories: &[Story]) -> Vec<String> {
    let declared = stories.iter().map(|story| {
        let mut target = target(vendor, story.name);
        (story.declare)(&mut target);
        target
    });
    let house = House::start(vendor, declared.collect()).await;
    let mut faults = Vec::new();
    for (number, story) in stories.iter().enumerate() {
        let mut scene = Scene::new(&house, vendor, (story.name, (number + 1) * APART * 2, Rules::default())).await;
        for step in story.steps {
            if let Err(what) = scene.step(*step).await {
                faults.push(format!("{}: {}: {step:?}: {what}", vendor.name(), story.name));
                break;
            }
        }
    }
    house.stop().await;
    faults
}

#[tokio::test]
async fn a_whole_life() {
    check(&[Story {
        name: "life",
        declare: |target| target.on_delete = Some(config::OnDelete::Delete),
        steps: LIFE,
    }])
    .await;
}
