"""Who sees which field: in full, masked, or not at all. One line per value and view; whoever stands in neither column
sees nothing of it there.

    view                          | value            | in full             | masked

The story behind it: a post holder wrote an appeal down for a neighbour with name, number and address; it went through
its steps with notes of every kind; somebody signed up for an activity with a note; somebody lives at the building.
Viewers are roles whose scope covers the place (named alone), and persons of the case (see `expectations.PERSONS`).
"""

FIELDS = """
tickets appeal_read               | contact name     |                     | insiders
tickets appeal_read               | contact phone    |                     | insiders
tickets appeal_read               | contact address  |                     |
tickets appeal_read               | content          | insiders reporter |
tickets appeal_read               | public reply     | insiders reporter |
tickets appeal_read               | internal note    |                     |
tickets appeal_read               | holder name      |                     |
tickets appeal_list               | contact name     |                     |
tickets appeal_list               | contact phone    |                     |
tickets appeal_list               | content          |                     |
tickets appeal_mine               | contact name     |                     |
tickets appeal_mine               | internal note    |                     |
tickets inbox_list                | contact name     |                     |
tickets inbox_list                | contact phone    |                     |
tickets appeal_timeline           | contact name     |                     |
tickets appeal_timeline           | contact phone    |                     |
tickets appeal_timeline           | contact address  |                     |
tickets appeal_timeline           | internal note    | insiders |
tickets appeal_timeline           | filing note      | insiders |
tickets appeal_timeline           | calling note     | insiders |
tickets appeal_timeline           | progress note    | insiders reporter |
tickets appeal_timeline           | public reply     | insiders reporter |
tickets appeal_timeline           | holder name      |                     |
tickets hotline_callbacks         | contact phone    |                     |
tickets hotline_callbacks         | internal note    |                     |
tickets attachment_list           | contact name     |                     |
tickets contact_reveal            | contact name     | staff lead unit     |
tickets contact_reveal            | contact phone    | staff lead unit     |
tickets contact_reveal            | contact address  | staff lead unit     |
hierarchy responsibility_read     | holder name      | posts staff asked service |
hierarchy responsibility_read     | holder phone     |                     |
hierarchy place_read              | holder name      |                     |
hierarchy place_summary           | holder name      |                     |
hierarchy place_summary           | person name      |                     |
hierarchy structure_read          | holder name      |                     |
hierarchy person_read             | person name      |                     | staff
hierarchy person_read             | person phone     |                     | staff
hierarchy person_reveal           | person name      | staff               |
hierarchy person_reveal           | person phone     | staff               |
hierarchy person_list             | person name      |                     | staff
hierarchy person_list             | person phone     |                     | staff
hierarchy person_search           | person name      |                     | staff
hierarchy person_search           | person phone     |                     | staff
events activity_read              | check-in code    | posts staff organiser |
events activity_read              | sign-up note     |                     |
events activity_list              | check-in code    |                     |
events registration_list          | sign-up note     | posts staff organiser |
events registration_list          | check-in code    |                     |
events registration_read          | sign-up note     | posts staff organiser participant |
events registration_read          | check-in code    |                     |
events attendance_list            | sign-up note     |                     |
events attendance_read            | sign-up note     | posts staff organiser participant |
events registration_mine          | sign-up note     | participant         |
events registration_mine          | check-in code    |                     |
"""

# What the story wrote, and what a masked one looks like.
VALUES = {
    "contact name": ("虚构钱多多", "虚*"),
    "contact phone": ("10012345678", "100****5678"),
    "contact address": ("虚构路7号302室", None),
    "content": ("暖气片冰凉已有两天", None),
    "internal note": ("内部记录阀门锈死", None),
    "filing note": ("内部核实已上门", None),
    "calling note": ("内部联系记录情绪激动", None),
    "progress note": ("公开进展物业到场", None),
    "public reply": ("公开答复阀门已更换", None),
    "holder name": ("虚构楼栋长", None),
    "holder phone": ("10077770001", "100****0001"),
    "person name": ("虚构居民", "虚*"),
    "person phone": (None, None),  # given by the story
    "sign-up note": ("报名备注不吃辣", None),
    "check-in code": ("CODE2345", None),
}
