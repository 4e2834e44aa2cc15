//! Licenses: what roles they are for, who has them, how many are left.

use serde_json::{Value, json};

use super::account::PagerDuty;
use super::page::Page;
use super::records::{License, User};
use super::reference::{Object, time, with};
use super::refusal::{Refusal, Reply};
use super::roles::Role;
use super::routes::Call;
use crate::twins::Answer;

impl PagerDuty {
    /// The license of a user who shall have this role: the one asked for, else the one held if it fits, else the first
    /// that fits and is to be had.
    pub(super) fn choose_license(
        &self,
        role: Role,
        asked: Option<&str>,
        held: Option<&str>,
    ) -> Result<String, Refusal> {
        let has_seat = |license: &License| held == Some(&license.id) || self.seats_left(license) != Some(0);
        let mut fitting = self
            .account
            .licenses
            .iter()
            .filter(|license| license.valid_roles.contains(&role));
        let Some(asked) = asked else {
            let kept = fitting.clone().find(|license| held == Some(&license.id));
            let chosen = kept.or_else(|| fitting.find(|license| has_seat(license)));
            return chosen.map(|license| license.id.clone()).ok_or_else(no_seat);
        };
        // The texts for a license that does not exist or does not fit are not documented.
        if !self.account.licenses.iter().any(|license| license.id == asked) {
            return Err(Refusal::license("License not found"));
        }
        let license = fitting.find(|license| license.id == asked);
        let license = license.ok_or_else(|| Refusal::license("Role is not valid for the license"))?;
        if has_seat(license) {
            Ok(license.id.clone())
        } else {
            Err(no_seat())
        }
    }

    /// How many more users may have it; none: any number.
    fn seats_left(&self, license: &License) -> Option<u64> {
        license
            .seats
            .map(|seats| seats.saturating_sub(self.licensed(&license.id)))
    }

    fn license_json(&self, license: &License) -> Value {
        with(
            self.head(Object {
                kind: "license",
                path: "licenses",
                id: &license.id,
                summary: &license.name,
            }),
            json!({
                "name": license.name,
                "description": license.name,
                "valid_roles": license.valid_roles,
                "role_group": license.role_group,
            }),
        )
    }

    fn license_of(&self, user: &User) -> Option<Value> {
        let license = self.account.licenses.iter().find(|license| license.id == user.license);
        license.map(|license| self.license_json(license))
    }
}

fn no_seat() -> Refusal {
    Refusal::license("License is not available")
}

pub(super) fn list(twin: &mut PagerDuty, _call: &Call) -> Reply {
    let counted = |license: &License| {
        let left = twin.seats_left(license);
        let counts = json!({ "current_value": twin.licensed(&license.id), "allocations_available": left });
        with(twin.license_json(license), counts)
    };
    let licenses: Vec<_> = twin.account.licenses.iter().map(counted).collect();
    Ok(Answer::json(200, &json!({ "licenses": licenses })))
}

pub(super) fn of_user(twin: &mut PagerDuty, call: &Call) -> Reply {
    let license = twin.license_of(twin.user(call.id())?).ok_or_else(Refusal::not_found)?;
    Ok(Answer::json(200, &json!({ "license": license })))
}

pub(super) fn allocations(twin: &mut PagerDuty, call: &Call) -> Reply {
    let page = Page::read(call.request)?;
    let rows = twin.users.rows_before(call.now, twin.lag);
    Ok(page.answer("license_allocations", rows.values(), |user| {
        json!({
            "user": twin.user_reference(user),
            "license": twin.license_of(user),
            "allocated_at": time(user.licensed_at),
        })
    }))
}
