//! What the demo club tells of joining: invitations in every state but accepted, and notifications of what
//! happened in it.

use super::people;
use super::{App, DAY};
use crate::app::db;
use crate::app::error::{Error, Result};
use crate::app::invitations::{Invitee, NewInvitation, Until};
use crate::app::notifications::Told;
use crate::domain::ids::{OrgId, UserId};

/// Invites as the coaches would, through the product itself.
pub(super) async fn invite(app: &App, org: OrgId, coaches: &[UserId]) -> Result<()> {
    let viewer = async |id: UserId| app.session_viewer(id).await?.ok_or(Error::NotFound);
    let (head, coach) = (viewer(coaches[0]).await?, viewer(coaches[1]).await?);
    let groups = app.groups(&coach, false, None, people::GROUPS.len() as i64).await?.groups;
    let group = |name: &str| {
        let found = groups.iter().find(|whole| whole.group.name == name);
        found.map(|whole| whole.group.id.to_string())
    };
    let message = "Good to meet you on Sunday. We run on Tuesdays at seven; bring a light.".to_owned();
    for (first, email, name, by) in [
        ("Yara", "yara.santos@example.org", "Tuesday Track", &coach),
        ("Emre", "emre.aydin@example.org", "First Steps", &coach),
        ("Ingrid", "ingrid.dahl@example.org", "", &head),
        ("Otis", "otis.wren@example.org", "First Steps", &head),
    ] {
        let new = NewInvitation {
            group_id: group(name),
            message: if first == "Yara" { message.clone() } else { String::new() },
            ..NewInvitation::to(first, email)
        };
        let (row, _) = app.invite(by, org, &new).await?;
        if first == "Otis" {
            app.revoke_invitation(by, org, row.id).await?;
        }
    }
    let new = NewInvitation { is_coach: true, ..NewInvitation::to("Samuel", "samuel.okoro@example.org") };
    app.invite(&head, org, &new).await?;
    let many = NewInvitation {
        invitee: Invitee::Many { max_uses: Some(25) },
        group_id: group("First Steps"),
        until: Until::At(app.now() + 60 * DAY),
        ..NewInvitation::to("", "")
    };
    app.invite(&coach, org, &many).await?;
    Ok(())
}

/// Tells what happened in the club: who came last, who asks to join, and who got athletes.
pub(super) async fn tell(
    app: &App,
    org: OrgId,
    coaches: &[UserId],
    athletes: &[UserId],
    joined: &[i64],
) -> Result<()> {
    let now = app.now();
    let (head, coach) = (coaches[0], coaches[1]);
    let mut tx = app.db().write().await?;
    // The newest four, in the order in which they came.
    let mut newest: Vec<usize> = (0..athletes.len()).collect();
    newest.sort_by_key(|number| joined[*number]);
    for number in newest.split_off(newest.len().saturating_sub(4)) {
        let (person, name) = (athletes[number], people::ATHLETES[number].name);
        let told = Told::Joined { person, name, is_coach: false, group: None };
        app.notify_at(&mut tx, head, Some(org), &told, joined[number]).await?;
    }
    // An athlete of the second coach's, and the one whose sign-in is printed, who has the head coach.
    let (first, by) = (people::ATHLETES[1].name, people::COACHES[0].0);
    let note = "He goes quiet when work is hard. A call helps more than a mail.";
    let told = Told::Assigned { count: 1, by, first, note };
    app.notify_at(&mut tx, coach, Some(org), &told, now - 9 * DAY).await?;
    app.notify_at(&mut tx, athletes[0], Some(org), &Told::YourCoach { name: by }, now - 9 * DAY).await?;
    let mut asked = people::REQUESTS.to_vec();
    asked.sort_by_key(|(_, _, hours)| -hours);
    for (number, letter, hours) in asked {
        let Some(made) = people::GROUPS.iter().find(|made| made.letter == letter) else { continue };
        let Some(id) = db::groups::by_name(&mut tx, org, &crate::domain::person::fold(made.name)).await?
        else {
            continue;
        };
        let Some(found) = db::groups::find(&mut tx, id, head).await? else { continue };
        let (athlete, name) = (athletes[number], people::ATHLETES[number].name);
        let told = Told::Requested { group: &found.group, athlete, name };
        app.notify_at(&mut tx, coaches[made.owner], Some(org), &told, now - hours * 3600).await?;
    }
    Ok(tx.commit().await?)
}
