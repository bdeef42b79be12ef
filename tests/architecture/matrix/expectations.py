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
session_create           | public
key_list                 | public
district_list            | public
sign_in_ask_code         | public
session_create_by_code   | public
session_create_by_wechat | public
enrolment_begin          | public
enrolment_confirm        | public
session_refresh          | public
client_sign_in           | public
second_factor_read       | self
second_factor_begin      | self
second_factor_confirm    | self
password_change          | self
phone_ask_code           | self
phone_change             | self
wechat_read              | self
wechat_bind              | self
wechat_unbind            | self
session_sign_out         | self
me_erase                 | self
me_data_access           | self
me_data                  | self
session_list             | list     | session             | owner
session_end              | path     | session             | owner                 | service@any
session_end_all          | path     | person              | security_admin        | all !nobody
account_disable          | path     | person              | security_admin        | all !nobody
account_enable           | path     | person:disabled     | security_admin        | all !nobody
second_factor_reset      | path     | person              | security_admin        | all !nobody
client_create            | body 422 | place               | security_admin        | all@any !security_admin@any
client_list              | list     | client              | security_admin
client_rotate            | path     | client              | security_admin        | all !nobody
client_end               | path     | client              | security_admin        | all !nobody
grant_create             | body 422 | place               | security_admin        | all@any !security_admin@any
grant_list               | list     | grant               | security_admin
grant_end                | path     | grant               | security_admin        | all !nobody
person_read              | path     | person              | staff owner           | all !nobody
contact_read             | body     | person              | service               | all@any !service@any
person_list              | list     | person              | staff
person_search            | list     | person              | staff
person_reveal            | path     | person              | staff                 | all !nobody
person_set_id_number     | path     | person              | staff                 | all !nobody
person_erase             | path     | person              | security_admin        | all !nobody
person_data              | path     | person              | security_admin@district | all@any !security_admin@other
journal_search           | list     | entry               | auditor@district
journal_head             | plain    |                     | auditor@any           | all@any
journal_export           | plain    |                     | auditor@any           | all@any
me_read                  | plain    |                     | all !service
place_read               | path     | building            | everyone offices service | hotline
place_read               | path     | household           | posts staff service everyone@own offices@own | hotline@own
place_children           | path     | building            | everyone offices service | hotline
place_children           | list     | household           | posts@above staff@above service
place_subtree            | path     | building            | everyone offices service | hotline
place_subtree            | list     | household           | posts@above staff@above service
place_search             | path     | building            | everyone offices service | hotline
place_search             | list     | household           | posts@above staff@above service
structure_read           | path     | building            | everyone offices service | hotline
place_summary            | path     | building            | everyone offices service | hotline
place_move               | path     | movable             | operator              | all !nobody
place_move               | body 422 | parent              | operator              | all !nobody
place_create             | body 422 | parent              | operator              | all !nobody
place_edit               | path     | movable             | operator              | all !nobody
place_merge              | path     | movable             | operator              | all !nobody
place_merge              | body 422 | parent              | operator              | all !nobody
place_split              | path     | movable             | operator              | all !nobody
place_close              | path     | movable             | operator              | all !nobody
place_history            | path     | building            | everyone offices service | hotline
place_history            | path     | household           | posts staff service everyone@own offices@own | hotline@own
place_export             | path     | building            | everyone offices service | hotline
place_look_up            | list     | household           | posts staff service everyone@own offices@own
boundary_read            | path     | drawn               | everyone offices service | hotline
boundary_faults          | path     | drawn               | everyone offices service | hotline
boundary_put             | path     | movable             | operator              | all !nobody
boundary_remove          | path     | drawn               | operator              | all !nobody
place_map                | path     | building            | everyone offices service | hotline
place_locate             | list     | drawn               | everyone offices service
place_locate_many        | list     | drawn               | everyone offices service
change_list              | plain    |                     | operator@any partner@any service@any | all@any
responsibility_read      | filter   | building            | posts staff asked service | others
responsibility_read      | filter   | household           | posts staff service asked@own | others@own
contact_match            | plain    |                     | service@any           | all@any
job_list_dead            | list     | job                 | operator@district
job_revive               | path     | job                 | operator@district     | all@any !operator@other

[tickets]
appeal_report            | body 422 | place               | everyone@inside       | blind@any
appeal_report:for_another | body 422 | place               | posts staff           | all@inside blind@any
appeal_list              | list     | appeal              | posts staff
appeal_list              | list     | secret              | staff
appeal_list:place        | filter 422 | place               | posts staff posts@descendant staff@descendant
inbox_list               | list     | appeal:handle       | lead unit
appeal_mine              | list     | appeal              | reporter
category_list            | public
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
session_revoke           | plain    |                     | service@any           | all@any
place_follow             | plain    |                     | service@any           | all@any
me_data_access           | self
me_data                  | self
person_data              | plain    |                     | security_admin@any    | all@any
journal_search           | list     | entry               | auditor@district
journal_head             | plain    |                     | auditor@district      | all@any !auditor@other
journal_export           | plain    |                     | auditor@any           | all@any
workflow_table           | public
hotline_event            | signed
hotline_put              | path     | hotline             | operator@district     | all@any !operator@other
job_list_dead            | list     | job                 | operator@district
job_revive               | path     | job                 | operator@district     | all@any !operator@other

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
session_revoke           | plain    |                     | service@any           | all@any
place_follow             | plain    |                     | service@any           | all@any
me_data_access           | self
me_data                  | self
person_data              | plain    |                     | security_admin@any    | all@any
journal_search           | list     | entry               | auditor@district
journal_head             | plain    |                     | auditor@district      | all@any !auditor@other
journal_export           | plain    |                     | auditor@any           | all@any
workflow_table           | public
job_list_dead            | list     | job                 | operator@district
job_revive               | path     | job                 | operator@district     | all@any !operator@other
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
