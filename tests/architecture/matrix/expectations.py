"""Who gets through where: the whole matrix of rights on one page. A route without a row here fails by its name.

    [service]
    route                    | way      | of                  | gets through          | refused with 403

Every row is tried by every role, with a grant at every *relation* to the thing the row is about, and by every *person*
of the thing. What stands in no column is told that nothing is there: 404, or the status behind the way (`body 422`);
word for word like somebody who asks for what never was. `route:variant` is another request of the same route.

A new route: give it a line here, a body in `asks.py` if it takes one, and its thing in `things.py` if that is new.

- way: `path` the thing's id or code in the address; `body`, `filter` in the body or the query; `list` whether a list or
  an export shows it; `plain` no thing at all; `self` the caller's own and nothing that could name another's; `public`
  without a token; `signed` by a hotline's signature alone.
- relation of the caller's grant to the thing's place: `own` at the place itself, `ancestor` above it, `district` over
  the whole district, `descendant` below it, `sibling` beside it, `other` over the whole of another district.
  A role alone means wherever its grant covers the thing: own, ancestor, district. `@inside`: anywhere in the district.
  `@any`: from another district too. `@above`: ancestor, district.
- person: who stands in the thing itself (see PERSONS), whatever else they may be.
"""

from tests.architecture.matrix import households, partners, posts, venues

ROLES = (
    "resident", "building_head", "post_holder", "grid_worker", "community_staff", "department", "partner", "mediator",
    "hotline", "operator", "security_admin", "auditor", "service", "nobody",
)  # fmt: skip

GROUPS = {
    "all": ROLES,
    "posts": ("building_head", "post_holder", "grid_worker", "department"),
    "neighbours": ("building_head", "post_holder", "grid_worker"),  # next to the households
    "staff": ("community_staff", "operator"),
    "asked": ("partner", "mediator"),  # see what they are asked to do
    "everyone": ("resident", "posts", "staff", "asked"),
    "offices": ("security_admin", "auditor"),
    "others": ("resident", "offices", "hotline"),  # do not ask who answers
    # no business with activities or appeals
    "blind": ("hotline", "offices", "service", "nobody"),
    # through whose hands an appeal goes, and who reads the file
    "hands": ("lead", "unit", "was_asked"),
    "insiders": ("posts", "staff", "writer", "hands"),
}

# What makes somebody a person of the thing, with the grant that they hold: (role, relation).
PERSONS = {
    "reporter": ("resident", "sibling"),
    "writer": ("post_holder", "sibling"),  # wrote it down for another
    "former_writer": ("resident", "own"),  # ... and has left the post
    "lead": ("building_head", "own"),
    "unit": ("partner", "sibling"),  # leads it as a unit from elsewhere
    "former_lead": ("resident", "own"),  # the lead's post has ended
    "moved_lead": ("building_head", "sibling"),  # the lead's post is another one now
    "was_asked": ("grid_worker", "own"),  # had it before it went up the chain
    "organiser": ("building_head", "own"),
    "former_organiser": ("building_head", "sibling"),
    "participant": ("resident", "sibling"),
    "owner": ("resident", "sibling"),
    **venues.PERSONS,
    **partners.PERSONS,
    **posts.PERSONS,
}

TABLE = """
[hierarchy]
create_session           | public
list_keys                | public
list_districts           | public
ask_code                 | public
create_session_by_code   | public
create_session_by_wechat | public
begin_enrolment          | public
confirm_enrolment        | public
refresh_session          | public
create_client_token      | public
read_second_factor       | self
begin_second_factor      | self
confirm_second_factor    | self
change_password          | self
ask_new_phone_code       | self
change_phone             | self
read_wechat              | self
bind_wechat              | self
unbind_wechat            | self
sign_out                 | self
erase_me                 | self
data_access              | self
own_data                 | self
list_sessions            | list     | session             | owner
end_session              | path     | session             | owner                 | service@any
end_sessions             | path     | person              | security_admin        | all !nobody
disable_account          | path     | person              | security_admin        | all !nobody
enable_account           | path     | person:disabled     | security_admin        | all !nobody
reset_second_factor      | path     | person              | security_admin        | all !nobody
create_client            | body 422 | place               | security_admin        | all@any !security_admin@any
list_clients             | list     | client              | security_admin
rotate_client            | path     | client              | security_admin        | all !nobody
end_client               | path     | client              | security_admin        | all !nobody
create_grant             | body 422 | place               | security_admin        | all@any !security_admin@any
list_grants              | list     | grant               | security_admin
end_grant                | path     | grant               | security_admin        | all !nobody
read_person              | path     | person              | staff owner           | all !nobody
read_contact             | body     | person              | service               | all@any !service@any
people_list              | list     | person              | staff
search_people            | list     | person              | staff
reveal_person            | path     | person              | staff                 | all !nobody
set_id_number            | path     | person              | staff                 | all !nobody
erase_person             | path     | person              | security_admin        | all !nobody
person_data              | path     | person              | security_admin@district | all@any !security_admin@other
journal_search           | list     | entry               | auditor@district
journal_head             | plain    |                     | auditor@any           | all@any
journal_export           | plain    |                     | auditor@any           | all@any
read_me                  | plain    |                     | all !service
read_place               | path     | building            | everyone offices service | hotline
read_place               | path     | household           | posts staff service everyone@own offices@own | hotline@own
list_children            | path     | building            | everyone offices service | hotline
list_children            | list     | household           | posts@above staff@above service
list_subtree             | path     | building            | everyone offices service | hotline
list_subtree             | list     | household           | posts@above staff@above service
read_structure           | path     | building            | everyone offices service | hotline
read_summary             | path     | building            | everyone offices service | hotline
move_place               | path     | movable             | operator              | all !nobody
move_place               | body 422 | parent              | operator              | all !nobody
create_place             | body 422 | parent              | operator              | all !nobody
edit_place               | path     | movable             | operator              | all !nobody
merge_place              | path     | movable             | operator              | all !nobody
merge_place              | body 422 | parent              | operator              | all !nobody
split_place              | path     | movable             | operator              | all !nobody
close_place              | path     | movable             | operator              | all !nobody
read_history             | path     | building            | everyone offices service | hotline
read_history             | path     | household           | posts staff service everyone@own offices@own | hotline@own
export_subtree           | path     | building            | everyone offices service | hotline
look_up_places           | list     | household           | posts staff service everyone@own offices@own
read_boundary            | path     | drawn               | everyone offices service | hotline
read_boundary_faults     | path     | drawn               | everyone offices service | hotline
put_boundary             | path     | movable             | operator              | all !nobody
remove_boundary          | path     | drawn               | operator              | all !nobody
read_map                 | path     | building            | everyone offices service | hotline
locate_point             | list     | drawn               | everyone offices service
locate_points            | list     | drawn               | everyone offices service
list_changes             | plain    |                     | operator@any partner@any service@any | all@any
read_responsibility      | filter   | building            | posts staff asked service | others
read_responsibility      | filter   | household           | posts staff service asked@own | others@own
match_contact            | plain    |                     | service@any           | all@any
jobs_dead                | list     | job                 | operator@district
jobs_revive              | path     | job                 | operator@district     | all@any !operator@other

[tickets]
appeal_report            | body 422 | place               | everyone@inside       | blind@any
appeal_report:for_another | body 422 | place               | posts staff           | all@inside blind@any
appeal_list              | list     | appeal              | posts staff
appeal_list              | list     | secret              | staff
appeal_list:place        | filter 422 | place               | posts staff posts@descendant staff@descendant
inbox                    | list     | appeal:handle       | lead unit
appeal_mine              | list     | appeal              | reporter
appeal_read              | path     | appeal              | insiders reporter
appeal_read              | path     | secret              | staff reporter writer hands
appeal_timeline          | path     | appeal              | insiders reporter
appeal_timeline          | path     | secret              | staff reporter writer hands
hotline_callbacks        | path     | appeal              | insiders reporter
hotline_callbacks        | path     | secret              | staff reporter writer hands
appeal_locate            | path     | appeal:report       | staff                 | posts reporter writer unit
appeal_supplement        | path     | appeal              | staff reporter        | posts writer hands
appeal_supplement        | path     | secret              | staff reporter        | writer hands
appeal_urge              | path     | appeal:handle       | operator reporter     | insiders
appeal_withdraw          | path     | appeal              | reporter              | insiders
appeal_file              | path     | appeal              | staff                 | posts reporter writer hands
appeal_refuse            | path     | appeal              | staff                 | posts reporter writer hands
appeal_merge             | path     | appeal              | staff                 | posts reporter writer hands
appeal_merge:of          | body 422 | appeal:of           | staff
appeal_assign            | path     | appeal:assign       | staff                 | posts reporter writer hands
appeal_assign            | path     | appeal:handle       | staff                 | posts reporter writer hands
appeal_sign              | path     | appeal:assign       | lead unit             | insiders reporter
appeal_escalate          | path     | appeal:handle       | lead unit             | insiders reporter
appeal_hand_back         | path     | appeal:assign       | lead unit             | insiders reporter
appeal_contact           | path     | appeal:handle       | lead unit             | insiders reporter
appeal_progress          | path     | appeal:handle       | lead unit             | insiders reporter
appeal_progress          | path     | secret:handle       | lead unit             | staff reporter writer hands
appeal_suspend           | path     | appeal:handle       | lead unit             | insiders reporter
appeal_resume            | path     | appeal:suspended    | lead unit             | insiders reporter
appeal_resolve           | path     | appeal:handle       | lead unit             | insiders reporter
appeal_reply             | path     | appeal:feedback     | staff lead unit       | posts reporter writer hands
appeal_call_back         | path     | appeal:rate         | staff                 | posts reporter writer hands
appeal_rate              | path     | appeal:rate         | reporter              | insiders
appeal_rework            | path     | appeal:rate         | staff reporter        | posts writer hands
appeal_close             | path     | appeal:called       | staff                 | posts reporter writer hands
appeal_confidentiality   | path     | appeal              | staff                 | posts reporter writer hands
contact_reveal           | path     | appeal:contact      | staff lead unit       | posts reporter writer was_asked
attachment_upload        | path     | appeal:handle       | staff lead unit reporter | posts writer was_asked
attachment_list          | path     | appeal              | insiders reporter
attachment_list          | path     | secret              | staff reporter writer hands
attachment_list          | list     | attachment          | insiders reporter
attachment_list          | list     | attachment:internal | insiders
attachment_read          | path     | attachment          | insiders reporter
attachment_read          | path     | attachment:internal | insiders
attachment_read          | path     | attachment:secret   | staff reporter writer hands
attachment_content       | path     | attachment          | insiders reporter
attachment_content       | path     | attachment:internal | insiders
attachment_content       | path     | attachment:secret   | staff reporter writer hands
attachment_remove        | path     | attachment          | staff                 | posts reporter writer hands
appeal_open_counts       | plain    |                     | service@any           | all@any
erasure_standing         | plain    |                     | service@any           | all@any
erasure_order            | plain    |                     | service@any           | all@any
sessions_revoke          | plain    |                     | service@any           | all@any
places_follow            | plain    |                     | service@any           | all@any
data_access              | self
own_data                 | self
person_data              | plain    |                     | security_admin@any    | all@any
journal_search           | list     | entry               | auditor@district
journal_head             | plain    |                     | auditor@district      | all@any !auditor@other
journal_export           | plain    |                     | auditor@any           | all@any
workflow_table           | public
hotline_event            | signed
hotline_put              | path     | hotline             | operator@district     | all@any !operator@other
jobs_dead                | list     | job                 | operator@district
jobs_revive              | path     | job                 | operator@district     | all@any !operator@other

[events]
activity_create          | body 422 | place               | staff                 | all !nobody
activity_list            | list     | activity:open       | everyone@inside
activity_list            | list     | activity            | staff organiser
activity_read            | path     | activity:open       | everyone@inside       | blind@any
activity_read            | path     | activity            | staff organiser       | blind@any
activity_types           | plain    |                     | all@any
activity_edit            | path     | activity            | staff organiser       | blind@any
activity_open            | path     | activity            | staff organiser       | blind@any
activity_cancel          | path     | activity:open       | staff organiser       | everyone@inside blind@any
activity_close           | path     | activity:open       | staff organiser       | everyone@inside blind@any
activity_start           | path     | activity:open       | staff organiser       | everyone@inside blind@any
activity_reopen          | path     | activity:closed     | staff organiser       | everyone@inside blind@any
activity_finish          | path     | activity:underway   | staff organiser       | everyone@inside blind@any
registration_sign_up     | path     | activity:open       | everyone@inside       | blind@any
registration_list        | path     | activity:open       | posts staff organiser | everyone@inside blind@any
registration_mine        | list     | registration        | participant
registration_read        | path     | registration        | posts staff organiser participant | blind@any
registration_confirm     | path     | registration        | participant           | posts staff organiser blind@any
registration_mark_absent | path     | registration:begun  | posts staff organiser | participant blind@any
registration_cancel      | path     | registration        | staff organiser participant | posts blind@any
registration_check_in    | path     | registration:begun  | posts staff organiser participant | blind@any
registration_check_out   | path     | registration:there  | posts staff organiser participant | blind@any
attendance_walk_in       | path     | activity:underway   | posts staff organiser | everyone@inside blind@any
attendance_list          | path     | activity:underway   | posts staff organiser | everyone@inside blind@any
attendance_mine          | list     | registration:there  | participant
attendance_read          | path     | registration:there  | posts staff organiser participant | blind@any
notice_mine              | list     | notice              | participant
erasure_order            | plain    |                     | service@any           | all@any
sessions_revoke          | plain    |                     | service@any           | all@any
places_follow            | plain    |                     | service@any           | all@any
data_access              | self
own_data                 | self
person_data              | plain    |                     | security_admin@any    | all@any
journal_search           | list     | entry               | auditor@district
journal_head             | plain    |                     | auditor@district      | all@any !auditor@other
journal_export           | plain    |                     | auditor@any           | all@any
workflow_table           | public
jobs_dead                | list     | job                 | operator@district
jobs_revive              | path     | job                 | operator@district     | all@any !operator@other
"""

TABLE += venues.TABLE + partners.TABLE
TABLE += posts.TABLE + households.TABLE
# Things that everybody of the district knows of: there a 403 betrays nothing.
KNOWN_IN_THE_DISTRICT = {
    "activity:open",
    "activity:closed",
    "activity:underway",
    "place",
    *venues.KNOWN,
    *partners.KNOWN,
}
# The same in every service: documents, health, figures. They say nothing about anybody.
OPEN = {
    "custom_swagger_ui_html", "swagger_ui_redirect", "redoc_html", "answer", "alive", "ready", "metrics",
}  # fmt: skip
