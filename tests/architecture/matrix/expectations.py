"""Who gets through where: the whole matrix of rights on one page. A route without a row here fails by its name.

    service route                 | way    | of              | gets through | refused with 403 | unseen as

Every row is tried by every role, with a grant at every *relation* to the thing the row is about, and by every *person*
of the thing. What stands in no column is told that nothing is there, with the status in the last column (404), and
word for word like somebody who asks for what never was.

- way: `path` the thing's id or code in the address; `body`, `filter` in the body or the query; `list` whether a list or
  an export shows it; `plain` no thing at all; `self` the caller's own and nothing that could name another's; `public`
  without a token; `signed` by a hotline's signature alone.
- relation of the caller's grant to the thing's place: `own` at the place itself, `ancestor` above it, `district` over
  the whole district, `descendant` below it, `sibling` beside it, `other` over the whole of another district.
  A role alone means wherever its grant covers the thing: own, ancestor, district. `@inside`: anywhere in the district.
  `@any`: from another district too. `@above`: ancestor, district.
- person: who stands in the thing itself (see PERSONS), whatever else they may be.
"""

ROLES = (
    "resident", "building_head", "post_holder", "grid_worker", "community_staff", "department", "partner", "mediator",
    "hotline", "operator", "security_admin", "auditor", "service", "nobody",
)  # fmt: skip

GROUPS = {
    "all": ROLES,
    "posts": ("building_head", "post_holder", "grid_worker", "department"),
    "staff": ("community_staff", "operator"),
    "asked": ("partner", "mediator"),  # see what they are asked to do
    "everyone": ("resident", "posts", "staff", "asked"),
    "offices": ("security_admin", "auditor"),
    # no business with activities or appeals
    "blind": ("hotline", "offices", "service", "nobody"),
    # through whose hands an appeal goes
    "hands": ("lead", "unit", "was_asked"),
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
}

TABLE = """
hierarchy create_session          | public |                     |
hierarchy list_keys               | public |                     |
hierarchy list_districts          | public |                     |
hierarchy ask_code                | public |                     |
hierarchy create_session_by_code  | public |                     |
hierarchy create_session_by_wechat | public |                    |
hierarchy begin_enrolment         | public |                     |
hierarchy confirm_enrolment       | public |                     |
hierarchy refresh_session         | public |                     |
hierarchy create_client_token     | public |                     |
hierarchy read_second_factor      | self   |                     |
hierarchy begin_second_factor     | self   |                     |
hierarchy confirm_second_factor   | self   |                     |
hierarchy change_password         | self   |                     |
hierarchy ask_new_phone_code      | self   |                     |
hierarchy change_phone            | self   |                     |
hierarchy read_wechat             | self   |                     |
hierarchy bind_wechat             | self   |                     |
hierarchy unbind_wechat           | self   |                     |
hierarchy sign_out                | self   |                     |
hierarchy erase_me                | self   |                     |
hierarchy data_access             | self   |                     |
hierarchy own_data                | self   |                     |
hierarchy list_sessions           | list   | session             | owner            |                            |
hierarchy end_session             | path   | session             | owner            | service@any                |
hierarchy end_sessions            | path   | person              | security_admin   | all !nobody                |
hierarchy disable_account         | path   | person              | security_admin   | all !nobody                |
hierarchy enable_account          | path   | person:disabled     | security_admin   | all !nobody                |
hierarchy create_client           | body   | place               | security_admin   | all@any !security_admin@any | 422
hierarchy list_clients            | list   | client              | security_admin   |                            |
hierarchy rotate_client           | path   | client              | security_admin   | all !nobody                |
hierarchy end_client              | path   | client              | security_admin   | all !nobody                |
hierarchy create_grant            | body   | place               | security_admin   | all@any !security_admin@any | 422
hierarchy list_grants             | list   | grant               | security_admin   |                            |
hierarchy end_grant               | path   | grant               | security_admin   | all !nobody                |
hierarchy read_person             | path   | person              | staff owner      | all !nobody                |
hierarchy read_contact            | body   | person              | service          | all@any !service@any       |
hierarchy search_people           | list   | person              | staff            |                            |
hierarchy reveal_person           | path   | person              | staff            | all !nobody                |
hierarchy set_id_number           | path   | person              | staff            | all !nobody                |
hierarchy erase_person            | path   | person              | security_admin   | all !nobody                |
hierarchy person_data             | path   | person              | security_admin@district | all@any !security_admin@other |
hierarchy journal_search          | list   | entry               | auditor@district |                            |
hierarchy journal_head            | plain  |                     | auditor@any      | all@any                    |
hierarchy journal_export          | plain  |                     | auditor@any      | all@any                    |
hierarchy read_me                 | plain  |                     | all !service     |                            |
hierarchy read_place              | path   | building            | everyone offices service | hotline            |
hierarchy read_place              | path   | household           | posts staff service everyone@own offices@own | hotline@own |
hierarchy list_children           | path   | building            | everyone offices service | hotline            |
hierarchy list_children           | list   | household           | posts@above staff@above service |             |
hierarchy list_subtree            | path   | building            | everyone offices service | hotline            |
hierarchy list_subtree            | list   | household           | posts@above staff@above service |             |
hierarchy read_structure          | path   | building            | everyone offices service | hotline            |
hierarchy read_summary            | path   | building            | everyone offices service | hotline            |
hierarchy move_place              | path   | movable             | operator         | all !nobody                |
hierarchy move_place              | body   | parent              | operator         | all !nobody                | 422
hierarchy read_responsibility     | filter | building            | posts staff asked service | resident offices hotline |
hierarchy read_responsibility     | filter | household           | posts staff service asked@own | resident@own offices@own hotline@own |
hierarchy match_contact           | plain  |                     | service@any      | all@any                    |
hierarchy jobs_dead               | list   | job                 | operator@district |                           |
hierarchy jobs_revive             | path   | job                 | operator@district | all@inside blind@other everyone@other !operator@other |

tickets appeal_report             | body   | place               | everyone@inside  | blind@any                  | 422
tickets appeal_report:for_another | body   | place               | posts staff      | all@inside blind@any       | 422
tickets appeal_list               | list   | appeal              | posts staff      |                            |
tickets appeal_list               | list   | secret              | staff            |                            |
tickets appeal_list:place         | filter | place               | posts staff posts@descendant staff@descendant |  | 422
tickets inbox                     | list   | appeal:handle       | lead unit        |                            |
tickets appeal_mine               | list   | appeal              | reporter         |                            |
tickets appeal_read               | path   | appeal              | posts staff reporter writer hands |           |
tickets appeal_read               | path   | secret              | staff reporter writer hands |                 |
tickets appeal_timeline           | path   | appeal              | posts staff reporter writer hands |           |
tickets appeal_timeline           | path   | secret              | staff reporter writer hands |                 |
tickets hotline_callbacks         | path   | appeal              | posts staff reporter writer hands |           |
tickets hotline_callbacks         | path   | secret              | staff reporter writer hands |                 |
tickets appeal_locate             | path   | appeal:report       | staff            | posts reporter writer unit |
tickets appeal_supplement         | path   | appeal              | staff reporter   | posts writer hands         |
tickets appeal_supplement         | path   | secret              | staff reporter   | writer hands               |
tickets appeal_urge               | path   | appeal:handle       | operator reporter | posts staff writer hands  |
tickets appeal_withdraw           | path   | appeal              | reporter         | posts staff writer hands   |
tickets appeal_file               | path   | appeal              | staff            | posts reporter writer hands |
tickets appeal_refuse             | path   | appeal              | staff            | posts reporter writer hands |
tickets appeal_merge              | path   | appeal              | staff            | posts reporter writer hands |
tickets appeal_merge:of           | body   | appeal:of           | staff            |                            | 422
tickets appeal_assign             | path   | appeal:assign       | staff            | posts reporter writer hands |
tickets appeal_assign             | path   | appeal:handle       | staff            | posts reporter writer hands |
tickets appeal_sign               | path   | appeal:assign       | lead unit        | posts staff reporter writer hands |
tickets appeal_escalate           | path   | appeal:handle       | lead unit        | posts staff reporter writer hands |
tickets appeal_hand_back          | path   | appeal:assign       | lead unit        | posts staff reporter writer hands |
tickets appeal_contact            | path   | appeal:handle       | lead unit        | posts staff reporter writer hands |
tickets appeal_progress           | path   | appeal:handle       | lead unit        | posts staff reporter writer hands |
tickets appeal_progress           | path   | secret:handle       | lead unit        | staff reporter writer hands |
tickets appeal_suspend            | path   | appeal:handle       | lead unit        | posts staff reporter writer hands |
tickets appeal_resume             | path   | appeal:suspended    | lead unit        | posts staff reporter writer hands |
tickets appeal_resolve            | path   | appeal:handle       | lead unit        | posts staff reporter writer hands |
tickets appeal_reply              | path   | appeal:feedback     | staff lead unit  | posts reporter writer hands |
tickets appeal_call_back          | path   | appeal:rate         | staff            | posts reporter writer hands |
tickets appeal_rate               | path   | appeal:rate         | reporter         | posts staff writer hands   |
tickets appeal_rework             | path   | appeal:rate         | staff reporter   | posts writer hands         |
tickets appeal_close              | path   | appeal:called       | staff            | posts reporter writer hands |
tickets appeal_confidentiality    | path   | appeal              | staff            | posts reporter writer hands |
tickets contact_reveal            | path   | appeal:contact      | staff lead unit  | posts reporter writer was_asked |
tickets attachment_upload         | path   | appeal:handle       | staff lead unit reporter | posts writer was_asked |
tickets attachment_list           | path   | appeal              | posts staff reporter writer hands |           |
tickets attachment_list           | path   | secret              | staff reporter writer hands |                 |
tickets attachment_list           | list   | attachment          | posts staff reporter writer hands |           |
tickets attachment_list           | list   | attachment:internal | posts staff writer hands |                    |
tickets attachment_read           | path   | attachment          | posts staff reporter writer hands |           |
tickets attachment_read           | path   | attachment:internal | posts staff writer hands |                    |
tickets attachment_read           | path   | attachment:secret   | staff reporter writer hands |                 |
tickets attachment_content        | path   | attachment          | posts staff reporter writer hands |           |
tickets attachment_content        | path   | attachment:internal | posts staff writer hands |                    |
tickets attachment_content        | path   | attachment:secret   | staff reporter writer hands |                 |
tickets attachment_remove         | path   | attachment          | staff            | posts reporter writer hands |
tickets erasure_standing          | plain  |                     | service@any      | all@any                    |
tickets erasure_order             | plain  |                     | service@any      | all@any                    |
tickets sessions_revoke           | plain  |                     | service@any      | all@any                    |
tickets data_access               | self   |                     |
tickets own_data                  | self   |                     |
tickets person_data               | plain  |                     | security_admin@any | all@any                  |
tickets journal_search            | list   | entry               | auditor@district |                            |
tickets journal_head              | plain  |                     | auditor@district | all@any !auditor@other     |
tickets journal_export            | plain  |                     | auditor@any      | all@any                    |
tickets workflow_table            | public |                     |
tickets hotline_event             | signed |                     |
tickets hotline_put               | path   | hotline             | operator@district | all@inside blind@other everyone@other !operator@other |
tickets jobs_dead                 | list   | job                 | operator@district |                           |
tickets jobs_revive               | path   | job                 | operator@district | all@inside blind@other everyone@other !operator@other |

events activity_create            | body   | place               | staff            | all !nobody                | 422
events activity_list              | list   | activity:open       | everyone@inside  |                            |
events activity_list              | list   | activity            | staff organiser  |                            |
events activity_read              | path   | activity:open       | everyone@inside  | blind@any                  |
events activity_read              | path   | activity            | staff organiser  | blind@any                  |
events activity_types             | plain  |                     | all@any          |                            |
events activity_edit              | path   | activity            | staff organiser  | blind@any                  |
events activity_open              | path   | activity            | staff organiser  | blind@any                  |
events activity_cancel            | path   | activity:open       | staff organiser  | everyone@inside blind@any  |
events activity_close             | path   | activity:open       | staff organiser  | everyone@inside blind@any  |
events activity_start             | path   | activity:open       | staff organiser  | everyone@inside blind@any  |
events activity_reopen            | path   | activity:closed     | staff organiser  | everyone@inside blind@any  |
events activity_finish            | path   | activity:underway   | staff organiser  | everyone@inside blind@any  |
events registration_sign_up       | path   | activity:open       | everyone@inside  | blind@any                  |
events registration_list          | path   | activity:open       | posts staff organiser | everyone@inside blind@any |
events registration_mine          | list   | registration        | participant      |                            |
events registration_read          | path   | registration        | posts staff organiser participant | blind@any |
events registration_confirm       | path   | registration        | participant      | posts staff organiser blind@any |
events registration_mark_absent   | path   | registration:begun  | posts staff organiser | participant blind@any |
events registration_cancel        | path   | registration        | staff organiser participant | posts blind@any |
events registration_check_in      | path   | registration:begun  | posts staff organiser participant | blind@any |
events registration_check_out     | path   | registration:there  | posts staff organiser participant | blind@any |
events attendance_walk_in         | path   | activity:underway   | posts staff organiser | everyone@inside blind@any |
events attendance_list            | path   | activity:underway   | posts staff organiser | everyone@inside blind@any |
events attendance_mine            | list   | registration:there  | participant      |                            |
events attendance_read            | path   | registration:there  | posts staff organiser participant | blind@any |
events notice_mine                | list   | notice              | participant      |                            |
events erasure_order              | plain  |                     | service@any      | all@any                    |
events sessions_revoke            | plain  |                     | service@any      | all@any                    |
events data_access                | self   |                     |
events own_data                   | self   |                     |
events person_data                | plain  |                     | security_admin@any | all@any                  |
events journal_search             | list   | entry               | auditor@district |                            |
events journal_head               | plain  |                     | auditor@district | all@any !auditor@other     |
events journal_export             | plain  |                     | auditor@any      | all@any                    |
events workflow_table             | public |                     |
events jobs_dead                  | list   | job                 | operator@district |                           |
events jobs_revive                | path   | job                 | operator@district | all@inside blind@other everyone@other !operator@other |
"""

# Things that everybody of the district knows of: there a 403 betrays nothing.
KNOWN_IN_THE_DISTRICT = {"activity:open", "activity:closed", "activity:underway", "place"}
# The same in every service: documents, health, figures. They say nothing about anybody.
OPEN = {
    "custom_swagger_ui_html", "swagger_ui_redirect", "redoc_html", "answer", "alive", "ready", "metrics",
}  # fmt: skip
