//! Each table's statements and how they end for whom.
//!
//! After a statement stand the people for whom it does not end as for everybody else: `A1` one row, `A-` refused by a policy, `A/` not
//! granted, `A!23503` an error of that SQLSTATE (so the policies let it pass), `A?` not tried. `*` is everybody, `V` the service where it
//! is not as for the platform's admin P. For all others it finds no row, or, where it inserts, is refused by a policy. Statements without WHERE and RETURNING read no column, so that the policy of their own
//! command is asked, and not that for SELECT.

/// A table and the statements that are tried on it, `{t}`.
pub type Table = (&'static str, &'static [(&'static str, &'static str)]);

/// All of them.
pub const TABLES: &[Table] = &[
    (
        "public.organizations",
        &[
            ("SELECT FROM {t}", "M1 S1 L1 I1 J1 A1 P3"),
            ("INSERT INTO {t} (name, slug) VALUES ('New', 'new')", "P1"),
            ("UPDATE {t} SET name = 'n'", "A1 P3"),
            ("UPDATE {t} SET plan = 'enterprise'", "*/"),
            ("DELETE FROM {t}", "P?"),
            ("DELETE FROM {t} WHERE id = {spare}", "P1"),
        ],
    ),
    (
        "public.teams",
        &[
            ("SELECT FROM {t}", "M1 S1 L1 I1 J1 A1 P2"),
            ("INSERT INTO {t} (organization_id, name) VALUES ({org}, 'New')", "A1 P1"),
            ("INSERT INTO {t} (organization_id, name) VALUES ({org'}, 'New')", "P1"),
            ("UPDATE {t} SET name = 'n'", "A1 P2"),
            ("UPDATE {t} SET organization_id = {org'}", "A- P?"),
            ("DELETE FROM {t}", "A1 P2"),
        ],
    ),
    (
        "public.users",
        &[
            ("SELECT FROM {t}", "M1 S1 L2 I4 J1 A6 P13"),
            (
                "INSERT INTO {t} (id, organization_id, email, name) VALUES ({N}, {org}, 'new@example.org', 'N')",
                "P1",
            ),
            ("UPDATE {t} SET job_title = 'j'", "M1 S1 L1 I1 J1 A6 P13"),
            ("UPDATE {t} SET organization_id = {org'}", "M- S- L- I- J- A- P13"),
            ("UPDATE {t} SET organization_id = NULL", "M- S- L- I- J- A- P13"),
            ("UPDATE {t} SET id = {N}", "*/"),
            ("UPDATE {t} SET email = 'other@example.org'", "*/"),
            ("DELETE FROM {t}", "P?"),
            ("DELETE FROM {t} WHERE id = {S}", "P1"),
        ],
    ),
    (
        "public.team_members",
        &[
            ("SELECT FROM {t}", "M1 L2 A2 P4"),
            ("INSERT INTO {t} (team_id, user_id) VALUES ({team}, {S})", "A1 P1"),
            ("INSERT INTO {t} (team_id, user_id) VALUES ({team}, {S'})", "P1"),
            ("INSERT INTO {t} (team_id, user_id) VALUES ({team'}, {S})", "P1"),
            (
                "INSERT INTO {t} (team_id, user_id, role) VALUES ({team'}, {me}, 'team_lead')",
                "P1",
            ),
            ("UPDATE {t} SET role = 'member'", "A2 P4"),
            ("UPDATE {t} SET team_id = {team'}", "A- P4"),
            ("UPDATE {t} SET user_id = {S'}", "A- P?"),
            ("DELETE FROM {t}", "A2 P4"),
        ],
    ),
    (
        "public.user_roles",
        &[
            ("SELECT FROM {t}", "L1 A2 P5"),
            (
                "INSERT INTO {t} (user_id, role, organization_id) VALUES ({S}, 'team_lead', {org})",
                "A1 P1",
            ),
            (
                "INSERT INTO {t} (user_id, role, organization_id) VALUES ({S'}, 'team_lead', {org})",
                "P1",
            ),
            (
                "INSERT INTO {t} (user_id, role, organization_id) VALUES ({S'}, 'team_lead', {org'})",
                "P1",
            ),
            (
                "INSERT INTO {t} (user_id, role, organization_id) VALUES ({me}, 'org_admin', {org})",
                "A!23505 P1",
            ),
            (
                "INSERT INTO {t} (user_id, role, organization_id) VALUES ({me}, 'org_admin', {org'})",
                "P1",
            ),
            ("INSERT INTO {t} (user_id, role) VALUES ({me}, 'admin')", "P!23505"),
            ("INSERT INTO {t} (user_id, role) VALUES ({S}, 'admin')", "P1"),
            ("UPDATE {t} SET role = 'member'", "A2 P!23514"),
            ("UPDATE {t} SET role = 'admin', organization_id = NULL", "A- P5"),
            ("UPDATE {t} SET organization_id = {org'}", "A- P?"),
            ("UPDATE {t} SET user_id = {S'}", "A- P?"),
            ("DELETE FROM {t}", "A2 P5"),
        ],
    ),
    (
        "public.instructor_profiles",
        &[
            ("SELECT FROM {t}", "M2 S2 L2 I2 J2 A2 P4"),
            ("INSERT INTO {t} (user_id, display_name) VALUES ({S}, 'n')", "A1 P1"),
            ("INSERT INTO {t} (user_id, display_name) VALUES ({S'}, 'n')", "P1"),
            ("INSERT INTO {t} (user_id, display_name) VALUES ({me}, 'n')", "A1 P1"),
            ("UPDATE {t} SET headline = 'h'", "I1 J1 A2 P4"),
            ("UPDATE {t} SET user_id = {S}", "*/"),
            ("DELETE FROM {t}", "A? P?"),
            ("DELETE FROM {t} WHERE user_id = {J}", "A1 P1"),
        ],
    ),
    (
        "public.instructor_settings",
        &[
            ("SELECT FROM {t}", "I1 A1 P2"),
            (
                "INSERT INTO {t} (user_id) VALUES ({me})",
                "M!23503 S!23503 L!23503 A!23503 P!23503 I!23505 J1",
            ),
            ("INSERT INTO {t} (user_id) VALUES ({J})", "J1 A1 P1"),
            ("INSERT INTO {t} (user_id) VALUES ({J'})", "P1"),
            ("UPDATE {t} SET timezone = 'Europe/Oslo'", "I1 A1 P2"),
            ("UPDATE {t} SET user_id = {J}", "*/"),
            ("DELETE FROM {t}", "I1 A1 P2"),
        ],
    ),
    (
        "public.courses",
        &[
            ("SELECT FROM {t}", "M3 S2 L2 I4 J2 A4 P8"),
            ("SELECT FROM public.live_course_stats", "M2 S2 L2 I2 J2 A2 P4"),
            (
                "INSERT INTO {t} (organization_id, instructor_id, title, pillar) VALUES ({org}, {I}, 'n', 'coaching')",
                "I1 A1 P1",
            ),
            (
                "INSERT INTO {t} (organization_id, instructor_id, title, pillar) VALUES ({org}, {me}, 'n', 'coaching')",
                "M!23503 S!23503 L!23503 I1 J1 A!23503 P!23503",
            ),
            (
                "INSERT INTO {t} (organization_id, instructor_id, title, pillar) VALUES ({org'}, {me}, 'n', 'coaching')",
                "P!23503",
            ),
            (
                "INSERT INTO {t} (organization_id, instructor_id, title, pillar) VALUES ({org}, {I'}, 'n', 'coaching')",
                "P1",
            ),
            ("UPDATE {t} SET description = 'd'", "I4 A4 P8"),
            ("UPDATE {t} SET instructor_id = {J}", "I- A4 P8"),
            ("UPDATE {t} SET instructor_id = {I'}", "I- A- P8"),
            ("UPDATE {t} SET organization_id = {org'}", "I- A- P8"),
            ("UPDATE {t} SET enrolled_count = 1000", "*/"),
            ("DELETE FROM {t}", "I1 A4 P8"),
        ],
    ),
    (
        "public.course_sections",
        &[
            ("SELECT FROM {t}", "M1 S1 L1 I2 J1 A2 P4"),
            ("INSERT INTO {t} (course_id, title) VALUES ({course}, 'n')", "I1 A1 P1"),
            ("INSERT INTO {t} (course_id, title) VALUES ({course'}, 'n')", "P1"),
            ("UPDATE {t} SET title = 't'", "I2 A2 P4"),
            ("UPDATE {t} SET course_id = {course'}", "I- A- P?"),
            ("DELETE FROM {t}", "I2 A2 P4"),
        ],
    ),
    (
        "public.course_lessons",
        &[
            ("SELECT FROM {t}", "M3 S1 L1 I3 J1 A3 P6"),
            (
                "INSERT INTO {t} (course_id, section_id, title, lesson_type) VALUES ({course}, {section}, 'n', 'quiz')",
                "I1 A1 P1",
            ),
            (
                "INSERT INTO {t} (course_id, section_id, title, lesson_type) VALUES ({course'}, {section'}, 'n', 'quiz')",
                "P1",
            ),
            (
                "INSERT INTO {t} (course_id, section_id, title, lesson_type) VALUES ({course}, {section'}, 'n', 'quiz')",
                "I!23503 A!23503 P!23503",
            ),
            ("UPDATE {t} SET title = 't'", "I3 A3 P6"),
            (
                "UPDATE {t} SET course_id = {course'}, section_id = {section'}",
                "I- A- P?",
            ),
            ("DELETE FROM {t}", "I3 A3 P6"),
        ],
    ),
    (
        "public.enrollments",
        &[
            ("SELECT FROM {t}", "M2 S1 L2 I3 A3 P6"),
            ("SELECT FROM public.course_enrollments", "M2 S1 L2 I3 A3 P6"),
            (
                "INSERT INTO {t} (user_id, course_id) VALUES ({me}, {course})",
                "M!23505 S1 L1 I1 J1 A1 P1",
            ),
            (
                "INSERT INTO public.course_enrollments (user_id, course_id) VALUES ({me}, {paid})",
                "A1 P1",
            ),
            ("INSERT INTO {t} (user_id, course_id) VALUES ({me}, {draft})", "A1 P1"),
            ("INSERT INTO {t} (user_id, course_id) VALUES ({me}, {course'})", "P1"),
            (
                "INSERT INTO {t} (user_id, course_id, status) VALUES ({me}, {course}, 'completed')",
                "A1 P1",
            ),
            ("INSERT INTO {t} (user_id, course_id) VALUES ({L}, {paid})", "A1 P1"),
            ("INSERT INTO {t} (user_id, course_id) VALUES ({S'}, {course})", "P1"),
            ("INSERT INTO {t} (user_id, course_id) VALUES ({S}, {course'})", "P1"),
            ("UPDATE {t} SET progress_percentage = 50", "M1 I3 A3 P6"),
            (
                "UPDATE public.course_enrollments SET progress_percentage = 50",
                "M1 I3 A3 P6",
            ),
            ("UPDATE {t} SET status = 'in_progress'", "M1 I3 A3 P6"),
            ("UPDATE {t} SET status = 'completed'", "M- I3 A3 P6"),
            ("UPDATE {t} SET user_id = {S}", "*/"),
            ("UPDATE {t} SET course_id = {paid}", "*/"),
            ("DELETE FROM {t}", "A3 P6"),
        ],
    ),
    (
        "public.student_progress",
        &[
            ("SELECT FROM {t}", "M2 L2 I2 A2 P4"),
            ("SELECT FROM public.lesson_progress", "M2 L2 I2 A2 P4"),
            (
                "INSERT INTO {t} (user_id, course_id, lesson_id) VALUES ({me}, {course}, {late})",
                "M1 A!23503 P!23503",
            ),
            (
                "INSERT INTO {t} (user_id, course_id, lesson_id) VALUES ({M}, {course}, {late})",
                "M1 A1 P1",
            ),
            (
                "INSERT INTO {t} (user_id, course_id, lesson_id) VALUES ({M'}, {course'}, {late'})",
                "P1",
            ),
            ("UPDATE {t} SET started_at = now()", "M2 I2 A2 P4"),
            ("UPDATE {t} SET user_id = {S}", "*/"),
            ("UPDATE {t} SET lesson_id = {late}", "*/"),
            ("DELETE FROM {t}", "A2 P4"),
        ],
    ),
    (
        "public.student_activity",
        &[
            ("SELECT FROM {t}", "M1 I1 A1 P2"),
            ("SELECT FROM public.instructor_recent_activity", "M1 I1 A1 P2"),
            (
                "INSERT INTO {t} (user_id, course_id, activity_type) VALUES ({me}, {course}, 'lesson_started')",
                "M1 P1",
            ),
            (
                "INSERT INTO {t} (user_id, course_id, activity_type) VALUES ({M}, {course}, 'lesson_started')",
                "M1 P1",
            ),
            (
                "INSERT INTO {t} (user_id, course_id, activity_type) VALUES ({me}, {paid}, 'lesson_started')",
                "P1",
            ),
            (
                "INSERT INTO {t} (user_id, course_id, activity_type) VALUES ({me}, {course'}, 'lesson_started')",
                "P1",
            ),
            ("UPDATE {t} SET metadata = '{\"a\": 1}'", "P2"),
            ("UPDATE {t} SET user_id = {S}", "*/"),
            ("DELETE FROM {t}", "P2"),
        ],
    ),
    (
        "public.revenue_transactions",
        &[
            ("SELECT FROM {t}", "I1 A1 P2"),
            (
                "INSERT INTO {t} (instructor_id, type, amount) VALUES ({I}, 'consultation', 1)",
                "P1",
            ),
            (
                "INSERT INTO {t} (instructor_id, type, amount) VALUES ({I'}, 'consultation', 1)",
                "P1",
            ),
            ("UPDATE {t} SET status = 'completed'", "P2"),
            ("UPDATE {t} SET instructor_id = {J}", "*/"),
            ("UPDATE {t} SET amount = 1000", "*/"),
            ("DELETE FROM {t}", "P2"),
        ],
    ),
    (
        "public.course_reviews",
        &[
            ("SELECT FROM {t}", "M1 S1 L1 I1 J1 A1 P2"),
            (
                "INSERT INTO {t} (course_id, user_id, rating) VALUES ({course}, {me}, 5)",
                "M!23505 P1",
            ),
            (
                "INSERT INTO {t} (course_id, user_id, rating) VALUES ({old}, {me}, 5)",
                "M1 P1",
            ),
            (
                "INSERT INTO {t} (course_id, user_id, rating) VALUES ({paid}, {me}, 5)",
                "P1",
            ),
            (
                "INSERT INTO {t} (course_id, user_id, rating) VALUES ({old}, {S}, 5)",
                "P1",
            ),
            (
                "INSERT INTO {t} (course_id, user_id, rating) VALUES ({course'}, {me}, 5)",
                "P1",
            ),
            ("UPDATE {t} SET rating = 5", "M1 P2"),
            ("UPDATE {t} SET user_id = {S}", "*/"),
            ("DELETE FROM {t}", "M1 A1 P2"),
        ],
    ),
    (
        "public.workshops",
        &[
            ("SELECT FROM {t}", "M2 S2 L2 I3 J2 A3 P6"),
            (
                "INSERT INTO {t} (organization_id, instructor_id, title, pillar, starts_at, ends_at)
                 VALUES ({org}, {I}, 'n', 'coaching', now(), 'infinity')",
                "I1 A1 P1",
            ),
            (
                "INSERT INTO {t} (organization_id, instructor_id, title, pillar, starts_at, ends_at)
                 VALUES ({org}, {me}, 'n', 'coaching', now(), 'infinity')",
                "M!23503 S!23503 L!23503 I1 J1 A!23503 P!23503",
            ),
            (
                "INSERT INTO {t} (organization_id, instructor_id, title, pillar, starts_at, ends_at)
                 VALUES ({org'}, {me}, 'n', 'coaching', now(), 'infinity')",
                "P!23503",
            ),
            (
                "INSERT INTO {t} (organization_id, instructor_id, title, pillar, starts_at, ends_at)
                 VALUES ({org}, {I'}, 'n', 'coaching', now(), 'infinity')",
                "P1",
            ),
            ("UPDATE {t} SET description = 'd'", "I3 A3 P6"),
            ("UPDATE {t} SET instructor_id = {J}", "I- A3 P6"),
            ("UPDATE {t} SET instructor_id = {I'}", "I- A- P6"),
            ("UPDATE {t} SET organization_id = {org'}", "I- A- P6"),
            ("DELETE FROM {t}", "I1 A3 P6"),
        ],
    ),
    (
        "public.workshop_registrations",
        &[
            ("SELECT FROM {t}", "M2 L3 I3 A3 P6"),
            (
                "INSERT INTO {t} (workshop_id, user_id) VALUES ({ws}, {me})",
                "M!23505 S1 L1 I1 J1 A1 P1",
            ),
            (
                "INSERT INTO {t} (workshop_id, user_id, status) VALUES ({ws}, {me}, 'attended')",
                "A1 P1",
            ),
            ("INSERT INTO {t} (workshop_id, user_id) VALUES ({wpaid}, {me})", "A1 P1"),
            (
                "INSERT INTO {t} (workshop_id, user_id) VALUES ({wdraft}, {me})",
                "A1 P1",
            ),
            ("INSERT INTO {t} (workshop_id, user_id) VALUES ({ws'}, {me})", "P1"),
            ("INSERT INTO {t} (workshop_id, user_id) VALUES ({ws}, {S})", "S1 A1 P1"),
            ("INSERT INTO {t} (workshop_id, user_id) VALUES ({ws}, {S'})", "P1"),
            ("INSERT INTO {t} (workshop_id, user_id) VALUES ({ws'}, {S'})", "P1"),
            ("UPDATE {t} SET status = 'cancelled'", "M1 I3 A3 P6"),
            ("UPDATE {t} SET status = 'attended'", "M- I3 A3 P6"),
            ("UPDATE {t} SET user_id = {S}", "*/"),
            ("DELETE FROM {t}", "A3 P6"),
        ],
    ),
    (
        "public.workshop_feedback",
        &[
            ("SELECT FROM {t}", "M1 I1 A1 P2"),
            (
                "INSERT INTO {t} (workshop_id, user_id, rating) VALUES ({wpaid}, {me}, 5)",
                "M!23505 L1 P1",
            ),
            (
                "INSERT INTO {t} (workshop_id, user_id, rating) VALUES ({ws}, {me}, 5)",
                "P1",
            ),
            (
                "INSERT INTO {t} (workshop_id, user_id, rating) VALUES ({wpaid}, {S}, 5)",
                "P1",
            ),
            ("UPDATE {t} SET rating = 5", "M1 P2"),
            ("UPDATE {t} SET user_id = {S}", "*/"),
            ("DELETE FROM {t}", "M1 A1 P2"),
        ],
    ),
    (
        "public.assessments",
        &[
            ("SELECT FROM {t}", "M2 A2 P4"),
            (
                "INSERT INTO {t} (user_id, title, pillar) VALUES ({me}, 't', 'coaching')",
                "*1",
            ),
            (
                "INSERT INTO {t} (user_id, title, pillar) VALUES ({M}, 't', 'coaching')",
                "M1 A1 P1",
            ),
            (
                "INSERT INTO {t} (user_id, title, pillar) VALUES ({M'}, 't', 'coaching')",
                "P1",
            ),
            ("UPDATE {t} SET title = 't'", "M1 A2 P4"),
            ("UPDATE {t} SET status = 'archived'", "M- A2 P4"),
            ("UPDATE {t} SET score = 100", "*/"),
            ("UPDATE {t} SET user_id = {S}", "*/"),
            ("DELETE FROM {t}", "A2 P4"),
        ],
    ),
    (
        "public.assessment_responses",
        &[
            ("SELECT FROM {t}", "M2 A2 P4"),
            (
                "INSERT INTO {t} (assessment_id, question_key, answer) VALUES ({assessment}, 'q2', '1')",
                "M1 P1",
            ),
            (
                "INSERT INTO {t} (assessment_id, question_key, answer) VALUES ({adone}, 'q2', '1')",
                "",
            ),
            (
                "INSERT INTO {t} (assessment_id, question_key, answer) VALUES ({assessment'}, 'q2', '1')",
                "P1",
            ),
            ("UPDATE {t} SET answer = '2'", "M1 P2 V4"),
            ("UPDATE {t} SET assessment_id = {assessment'}", "M- P?"),
            ("UPDATE {t} SET assessment_id = {adone}", "M- P-"),
            ("DELETE FROM {t}", "A2 P4"),
        ],
    ),
    (
        "public.talent_profiles",
        &[
            ("SELECT FROM {t}", "M1 S2 L1 I1 J1 A2 P4"),
            (
                "INSERT INTO {t} (user_id, headline) VALUES ({me}, 'h')",
                "M!23505 S!23505 L1 I1 J1 A1 P1",
            ),
            ("INSERT INTO {t} (user_id, headline) VALUES ({L}, 'h')", "L1 A1 P1"),
            ("INSERT INTO {t} (user_id, headline) VALUES ({L'}, 'h')", "P1"),
            ("UPDATE {t} SET headline = 'h'", "M1 S1 A2 P4"),
            ("UPDATE {t} SET user_id = {L}", "*/"),
            ("DELETE FROM {t}", "M1 S1 A2 P4"),
        ],
    ),
    (
        "public.engagement_requests",
        &[
            ("SELECT FROM {t}", "M1 L1 A1 P2"),
            (
                "INSERT INTO {t} (client_id, talent_id, title) VALUES ({me}, {M}, 't')",
                "M!23514 S1 L1 I1 J1 A1 P1",
            ),
            (
                "INSERT INTO {t} (client_id, talent_id, title) VALUES ({me}, {S}, 't')",
                "S!23514 A1 P1",
            ),
            (
                "INSERT INTO {t} (client_id, talent_id, title) VALUES ({me}, {M'}, 't')",
                "P1",
            ),
            (
                "INSERT INTO {t} (client_id, talent_id, title) VALUES ({L}, {M}, 't')",
                "L1 A1 P1",
            ),
            (
                "INSERT INTO {t} (client_id, talent_id, title, status) VALUES ({me}, {M}, 't', 'accepted')",
                "",
            ),
            ("UPDATE {t} SET status = 'cancelled'", "M- L1 A1 P2"),
            ("UPDATE {t} SET status = 'accepted'", "M1 L- A1 P2"),
            ("UPDATE {t} SET client_id = {S}", "*/"),
            ("UPDATE {t} SET talent_id = {S}", "*/"),
            ("DELETE FROM {t}", "A1 P2"),
        ],
    ),
    (
        "public.consultations",
        &[
            ("SELECT FROM {t}", "M1 I1 A1 P2"),
            (
                "INSERT INTO {t} (user_id, instructor_id, topic, pillar) VALUES ({me}, {J}, 't', 'coaching')",
                "M1 S1 L1 I1 J!23514 A1 P1",
            ),
            (
                "INSERT INTO {t} (user_id, instructor_id, topic, pillar) VALUES ({me}, {J'}, 't', 'coaching')",
                "P1",
            ),
            (
                "INSERT INTO {t} (user_id, instructor_id, topic, pillar) VALUES ({M}, {J}, 't', 'coaching')",
                "M1 A1 P1",
            ),
            (
                "INSERT INTO {t} (user_id, instructor_id, topic, pillar, status, scheduled_at)
                 VALUES ({me}, {I}, 't', 'coaching', 'scheduled', now())",
                "A1 P1",
            ),
            ("UPDATE {t} SET notes = 'n'", "M1 I1 A1 P2"),
            (
                "UPDATE {t} SET status = 'scheduled', scheduled_at = now()",
                "M- I1 A1 P2",
            ),
            ("UPDATE {t} SET user_id = {S}", "*/"),
            ("UPDATE {t} SET instructor_id = {J}", "*/"),
            ("DELETE FROM {t}", "A1 P2"),
        ],
    ),
    (
        "public.payments",
        &[
            ("SELECT FROM {t}", "M1 A1 P2"),
            (
                "INSERT INTO {t} (organization_id, user_id, amount) VALUES ({org}, {M}, 5)",
                "P1",
            ),
            (
                "INSERT INTO {t} (organization_id, user_id, amount) VALUES ({org}, {me}, 5)",
                "P1",
            ),
            ("UPDATE {t} SET metadata = '{\"a\": 1}'", "P2"),
            ("UPDATE {t} SET user_id = {S}", "*/"),
            ("UPDATE {t} SET amount = 1", "*/"),
            ("DELETE FROM {t}", "P2"),
        ],
    ),
    (
        "public.certificates",
        &[
            ("SELECT FROM {t}", "M1 I1 A1 P2"),
            (
                "INSERT INTO {t} (user_id, course_id, certificate_number) VALUES ({M}, {course}, 'CERT-NEW')",
                "I1 A1 P1",
            ),
            (
                "INSERT INTO {t} (user_id, workshop_id, certificate_number) VALUES ({M}, {ws}, 'CERT-NEW')",
                "I1 A1 P1",
            ),
            (
                "INSERT INTO {t} (user_id, course_id, certificate_number) VALUES ({A}, {course}, 'CERT-NEW')",
                "A1 P1",
            ),
            (
                "INSERT INTO {t} (user_id, course_id, certificate_number) VALUES ({M'}, {course}, 'CERT-NEW')",
                "P1",
            ),
            (
                "INSERT INTO {t} (user_id, course_id, certificate_number) VALUES ({M}, {course'}, 'CERT-NEW')",
                "P1",
            ),
            ("UPDATE {t} SET url = 'u'", "I1 A1 P2"),
            ("UPDATE {t} SET user_id = {S}", "*/"),
            ("DELETE FROM {t}", "A1 P2"),
        ],
    ),
    (
        "public.notifications",
        &[
            ("SELECT FROM {t}", "M1 P2"),
            ("SELECT FROM public.user_unread_notifications", "M1 P2"),
            (
                "INSERT INTO {t} (user_id, type, title) VALUES ({S}, 'announcement', 't')",
                "A1 P1",
            ),
            (
                "INSERT INTO {t} (user_id, type, title) VALUES ({S'}, 'announcement', 't')",
                "P1",
            ),
            ("UPDATE {t} SET read_at = now()", "M1 P2"),
            ("UPDATE {t} SET user_id = {S}", "*/"),
            ("DELETE FROM {t}", "M1 P2"),
        ],
    ),
    (
        "public.student_presence",
        &[
            ("SELECT FROM {t}", "M1 I1 A1 P2"),
            (
                "INSERT INTO {t} (user_id, course_id) VALUES ({me}, {course})",
                "M!23505 P1",
            ),
            ("INSERT INTO {t} (user_id, course_id) VALUES ({me}, {old})", "M1 P1"),
            ("INSERT INTO {t} (user_id, course_id) VALUES ({me}, {paid})", "P1"),
            ("INSERT INTO {t} (user_id, course_id) VALUES ({M}, {old})", "M1 P1"),
            ("UPDATE {t} SET is_online = false", "M1 P2"),
            ("UPDATE {t} SET user_id = {S}", "*/"),
            ("DELETE FROM {t}", "M1 P2"),
        ],
    ),
    (
        "public.quiz_attempts",
        &[
            ("SELECT FROM {t}", "M1 I1 A1 P2"),
            (
                "INSERT INTO {t} (user_id, course_id, score, max_score) VALUES ({M}, {course}, 1, 1)",
                "I1 A1 P1",
            ),
            (
                "INSERT INTO {t} (user_id, course_id, score, max_score) VALUES ({A}, {course}, 1, 1)",
                "A1 P1",
            ),
            (
                "INSERT INTO {t} (user_id, course_id, score, max_score) VALUES ({M'}, {course}, 1, 1)",
                "P1",
            ),
            (
                "INSERT INTO {t} (user_id, course_id, score, max_score) VALUES ({M'}, {course'}, 1, 1)",
                "P1",
            ),
            ("UPDATE {t} SET passed = true", "I1 A1 P2"),
            ("UPDATE {t} SET user_id = {S}", "*/"),
            ("DELETE FROM {t}", "I1 A1 P2"),
        ],
    ),
    (
        "public.assignment_submissions",
        &[
            ("SELECT FROM {t}", "M1 I1 A1 P2"),
            ("INSERT INTO {t} (user_id, course_id) VALUES ({me}, {course})", "M1 P1"),
            ("INSERT INTO {t} (user_id, course_id) VALUES ({M}, {course})", "M1 P1"),
            (
                "INSERT INTO {t} (user_id, course_id, grade) VALUES ({me}, {course}, 100)",
                "P1",
            ),
            ("INSERT INTO {t} (user_id, course_id) VALUES ({me}, {paid})", "P1"),
            ("UPDATE {t} SET feedback = 'f'", "I1 A1 P2"),
            ("UPDATE {t} SET user_id = {S}", "*/"),
            ("DELETE FROM {t}", "A1 P2"),
        ],
    ),
];
