//! Users.

use serde_json::{Value, json};

use super::account::{NewUser, PagerDuty};
use super::fields::UserFields;
use super::page::Page;
use super::records::{Incident, User};
use super::reference::{Object, with};
use super::refusal::{Refusal, Reply};
use super::roles::Role;
use super::routes::Call;
use crate::twins::{Answer, Request};

/// What `include[]` may name. The last two change nothing here: they concern calendars and the web application.
const INCLUDES: [&str; 5] = [
    "contact_methods",
    "notification_rules",
    "teams",
    "subdomains",
    "calendar_urls",
];

/// What is shown in full instead of as references.
#[derive(Clone, Copy, Default)]
struct Include {
    contact_methods: bool,
    notification_rules: bool,
    teams: bool,
}

impl Include {
    fn read(request: &Request) -> Result<Include, Refusal> {
        let named: Vec<_> = request.parameters("include[]").collect();
        if let Some(unknown) = named.iter().find(|name| !INCLUDES.contains(name)) {
            return Err(Refusal::arguments(format!("{unknown} cannot be included")));
        }
        Ok(Include {
            contact_methods: named.contains(&"contact_methods"),
            notification_rules: named.contains(&"notification_rules"),
            teams: named.contains(&"teams"),
        })
    }
}

/// `query` finds whoever has the text anywhere in name or e-mail. The contract speaks of names alone, and calls it a
/// filter; an exact look-up there is not.
pub(super) fn list(twin: &mut PagerDuty, call: &Call) -> Reply {
    let (page, include) = (Page::read(call.request)?, Include::read(call.request)?);
    let teams: Vec<_> = call.request.parameters("team_ids[]").collect();
    if !teams.is_empty() {
        twin.need("teams", "filter by teams")?;
    }
    let text = call
        .request
        .parameter("query")
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    let in_teams =
        |user: &User| teams.is_empty() || twin.team_ids_of(&user.id).iter().any(|id| teams.contains(&id.as_str()));
    let rows = twin.users.rows_before(call.now, twin.lag);
    let found = rows
        .values()
        .filter(|user| user.search_text.contains(&text))
        .filter(|user| in_teams(user));
    Ok(page.answer("users", found, |user| twin.user_json(user, include)))
}

pub(super) fn get(twin: &mut PagerDuty, call: &Call) -> Reply {
    let include = Include::read(call.request)?;
    Ok(twin.user_answer(200, twin.user(call.id())?, include))
}

/// An OAuth token acts for the account's owner here. That there is nobody to show for an account key is documented, the
/// code is not.
pub(super) fn me(twin: &mut PagerDuty, call: &Call) -> Reply {
    let include = Include::read(call.request)?;
    if !call.acts_for_user {
        return Err(Refusal::arguments("The credential does not act for a user"));
    }
    let owner = twin.owner().ok_or_else(Refusal::not_found)?;
    Ok(twin.user_answer(200, owner, include))
}

pub(super) fn create(twin: &mut PagerDuty, call: &Call) -> Reply {
    twin.requester(call.request)?;
    let fields = UserFields::read(call.request, true)?;
    let new = NewUser {
        name: fields.name.clone().unwrap_or_default(),
        email: fields.email.clone().unwrap_or_default(),
        role: fields.role.unwrap_or(Role::User),
    };
    twin.check_role(new.role)?;
    twin.check_email(&new.email, None)?;
    let license = twin.choose_license(new.role, fields.license.as_deref(), None)?;
    if twin.account.locked_creates > 0 {
        twin.account_mut().locked_creates -= 1;
        return Err(Refusal::license(
            "Unable to perform request at this time. account could not be locked",
        ));
    }
    let user = fields.apply(twin.new_user(call.now, new, license));
    let user = twin.put_user(call.now, user);
    Ok(twin.user_answer(201, &user, Include::default()))
}

/// Changes the fields that are named. The e-mail among the contact methods stays as it is, even if it was the same.
pub(super) fn update(twin: &mut PagerDuty, call: &Call) -> Reply {
    let user = twin.user(call.id())?.as_ref().clone();
    let fields = UserFields::read(call.request, false)?;
    if let Some(role) = fields.role {
        // Even the role that the owner has already is refused.
        if user.role == Role::Owner {
            return Err(Refusal::denied("The role of the account owner cannot be changed"));
        }
        twin.check_role(role)?;
    }
    if let Some(email) = &fields.email {
        twin.check_email(email, Some(&user.id))?;
    }
    let role = fields.role.unwrap_or(user.role);
    let license = match (fields.role, &fields.license) {
        (None, None) => user.license.clone(),
        (_, asked) => twin.choose_license(role, asked.as_deref(), Some(&user.license))?,
    };
    let licensed_at = if license == user.license {
        user.licensed_at
    } else {
        call.now
    };
    let user = twin.put_user(
        call.now,
        fields.apply(User {
            role,
            license,
            licensed_at,
            ..user
        }),
    );
    Ok(twin.user_answer(200, &user, Include::default()))
}

/// Open incidents keep a user, unless the account is set to hand them on; they go to the owner then. The texts are not
/// documented, and neither are status and code for the owner.
pub(super) fn delete(twin: &mut PagerDuty, call: &Call) -> Reply {
    let user = twin.user(call.id())?.clone();
    if user.role == Role::Owner {
        return Err(Refusal::denied("The account owner cannot be deleted"));
    }
    let hands_on = twin.account.offboarding && twin.account.abilities.contains("offboarding");
    if !hands_on {
        twin.check_deletable(&user.id)?;
    }
    twin.remove_user(call.now, &user.id);
    twin.relieve(call, &user.id);
    Ok(Answer::empty(204))
}

impl PagerDuty {
    pub(super) fn owner(&self) -> Option<&User> {
        self.users
            .rows()
            .values()
            .find(|user| user.role == Role::Owner)
            .map(AsRef::as_ref)
    }

    /// There is one owner, and only its successor in the web application is another one. Status and code are not
    /// documented for a request to make one.
    fn check_role(&self, role: Role) -> Result<(), Refusal> {
        if role == Role::Owner {
            return Err(Refusal::denied("The role owner cannot be given"));
        }
        role.needs()
            .map_or(Ok(()), |ability| self.need(ability, "give this role"))
    }

    /// That nobody else has this e-mail, in whatever case.
    fn check_email(&self, email: &str, own_id: Option<&str>) -> Result<(), Refusal> {
        match self.user_by_email(email) {
            Some(other) if Some(other.id.as_str()) != own_id => Err(Refusal::invalid("Email has already been taken")),
            _ => Ok(()),
        }
    }

    fn check_deletable(&self, id: &str) -> Result<(), Refusal> {
        if self
            .open_incidents()
            .any(|incident| incident.assigned.iter().any(|user| user == id))
        {
            return Err(Refusal::invalid("User cannot be deleted while incidents are assigned"));
        }
        let mut duties = self
            .escalation_policies
            .rows()
            .values()
            .chain(self.schedules.rows().values());
        if self.account.on_call_blocks_deletion && duties.any(|duty| duty.users.iter().any(|user| user == id)) {
            return Err(Refusal::invalid(
                "User cannot be deleted while on a schedule or an escalation policy",
            ));
        }
        Ok(())
    }

    /// Takes a user who is gone out of duties, and hands the incidents to the owner.
    fn relieve(&mut self, call: &Call, id: &str) {
        let owner: Vec<_> = self.owner().map(|owner| owner.id.clone()).into_iter().collect();
        let has = |incident: &&Incident| incident.assigned.iter().any(|user| user == id);
        for incident in self.open_incidents().filter(has).cloned().collect::<Vec<_>>() {
            self.incidents.put(
                call.now,
                Incident {
                    assigned: owner.clone(),
                    ..incident
                },
            );
        }
        for table in [&mut self.escalation_policies, &mut self.schedules] {
            let of_user = |duty: &&super::records::Duty| duty.users.iter().any(|user| user == id);
            for mut duty in table
                .rows()
                .values()
                .map(|duty| duty.as_ref())
                .filter(of_user)
                .cloned()
                .collect::<Vec<_>>()
            {
                duty.users.retain(|user| user != id);
                table.put(call.now, duty);
            }
        }
    }

    fn user_answer(&self, status: u16, user: &User, include: Include) -> Answer {
        Answer::json(status, &json!({ "user": self.user_json(user, include) }))
    }

    fn user_json(&self, user: &User, include: Include) -> Value {
        let teams = self.team_ids_of(&user.id);
        let mut fields = json!({
            "name": user.name,
            "email": user.email,
            "time_zone": user.time_zone,
            "color": user.color,
            "avatar_url": format!("https://{}.pagerduty.com/avatars/{}.png", self.account.subdomain, user.id),
            "role": user.role,
            "description": user.description,
            "invitation_sent": user.invitation_sent,
            "created_via_sso": false,
            "teams": if include.teams { self.teams_json(&teams) } else { self.team_references(&teams) },
            "contact_methods": self.contact_methods_json(user, include.contact_methods),
            "notification_rules": self.notification_rules_json(user, include.notification_rules),
        });
        if let Some(job_title) = &user.job_title {
            fields["job_title"] = Value::from(job_title.as_str());
        }
        with(
            self.head(Object {
                kind: "user",
                path: "users",
                id: &user.id,
                summary: &user.name,
            }),
            fields,
        )
    }
}
