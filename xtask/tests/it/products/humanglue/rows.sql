-- One organization with everybody and one row at least in each table. `{name}` is a row of this organization, `{name'}` the same one of the
-- other; people are M (a member, who learns), S (another member), L (who leads M's team), I (who teaches M), J (another instructor), A
-- (the administrator) and N (an account without a profile).
INSERT INTO auth.users (id, email)
SELECT id, id || '@example.org' FROM unnest(ARRAY[{M}, {S}, {L}, {I}, {J}, {A}, {N}]::uuid[]) AS person (id);
INSERT INTO public.organizations (id, name, slug) VALUES ({org}, 'Organization', 'organization-' || left({org}, 8));
INSERT INTO public.users (id, organization_id, email, name)
SELECT id, {org}, id || '@example.org', 'Somebody' FROM unnest(ARRAY[{M}, {S}, {L}, {I}, {J}, {A}]::uuid[]) AS person (id);
INSERT INTO public.teams (id, organization_id, name) VALUES ({team}, {org}, 'Team');
INSERT INTO public.team_members (team_id, user_id, role) VALUES ({team}, {L}, 'team_lead'), ({team}, {M}, 'member');
INSERT INTO public.user_roles (user_id, role, organization_id) VALUES ({A}, 'org_admin', {org}), ({L}, 'team_lead', {org});
INSERT INTO public.instructor_profiles (user_id, display_name) VALUES ({I}, 'I'), ({J}, 'J');
INSERT INTO public.instructor_settings (user_id) VALUES ({I});
INSERT INTO public.courses (id, organization_id, instructor_id, title, pillar, status, price, published_at)
VALUES
    ({course}, {org}, {I}, 'Course', 'coaching', 'published', 0, now()),
    ({paid}, {org}, {I}, 'Paid', 'coaching', 'published', 10, now()),
    ({draft}, {org}, {I}, 'Draft', 'coaching', 'draft', 0, NULL),
    ({old}, {org}, {I}, 'Old', 'coaching', 'archived', 0, now());
INSERT INTO public.course_sections (id, course_id, title) VALUES ({section}, {course}, 'Section'), ({hidden}, {draft}, 'Hidden');
INSERT INTO public.course_lessons (id, course_id, section_id, title, lesson_type, is_preview)
VALUES ({lesson}, {course}, {section}, 'Lesson', 'video', false), ({preview}, {course}, {section}, 'Preview', 'quiz', true);
INSERT INTO public.enrollments (user_id, course_id, status, completed_at)
VALUES ({M}, {course}, 'in_progress', NULL), ({M}, {old}, 'completed', now()), ({S}, {paid}, 'dropped', NULL);
INSERT INTO public.course_lessons (id, course_id, section_id, title, lesson_type)
VALUES ({late}, {course}, {section}, 'Late', 'assignment');
INSERT INTO public.student_activity (user_id, course_id, lesson_id, activity_type) VALUES ({M}, {course}, {lesson}, 'lesson_started');
INSERT INTO public.course_reviews (course_id, user_id, rating) VALUES ({course}, {M}, 4);
INSERT INTO public.workshops (id, organization_id, instructor_id, title, pillar, status, starts_at, ends_at, price)
VALUES
    ({ws}, {org}, {I}, 'Workshop', 'coaching', 'published', now(), now() + INTERVAL '1 hour', 0),
    ({wdraft}, {org}, {I}, 'Draft', 'coaching', 'draft', now(), now() + INTERVAL '1 hour', 0),
    ({wpaid}, {org}, {I}, 'Paid', 'coaching', 'published', now(), now() + INTERVAL '1 hour', 5);
INSERT INTO public.workshop_registrations (workshop_id, user_id, status)
VALUES ({ws}, {M}, 'registered'), ({wpaid}, {M}, 'attended'), ({wpaid}, {L}, 'attended');
INSERT INTO public.workshop_feedback (workshop_id, user_id, rating) VALUES ({wpaid}, {M}, 4);
INSERT INTO public.assessments (id, user_id, title, pillar, status, completed_at)
VALUES ({assessment}, {M}, 'Open', 'coaching', 'in_progress', NULL), ({adone}, {M}, 'Done', 'coaching', 'completed', now());
INSERT INTO public.assessment_responses (assessment_id, question_key, answer) VALUES ({assessment}, 'q1', '1'), ({adone}, 'q1', '1');
INSERT INTO public.talent_profiles (user_id, headline, is_listed) VALUES ({M}, 'Listed', true), ({S}, 'Unlisted', false);
INSERT INTO public.engagement_requests (client_id, talent_id, title) VALUES ({L}, {M}, 'Request');
INSERT INTO public.consultations (id, user_id, instructor_id, topic, pillar) VALUES ({consultation}, {M}, {I}, 'Topic', 'coaching');
INSERT INTO public.payments (id, organization_id, user_id, course_id, amount) VALUES ({payment}, {org}, {M}, {course}, 10);
INSERT INTO public.revenue_transactions
    (instructor_id, student_id, course_id, workshop_id, consultation_id, payment_id, type, amount, platform_fee)
VALUES ({I}, {M}, {course}, {ws}, {consultation}, {payment}, 'course_enrollment', 10, 1);
INSERT INTO public.certificates (user_id, course_id, certificate_number) VALUES ({M}, {old}, 'CERT-' || upper(left({org}, 8)));
INSERT INTO public.student_presence (user_id, course_id, lesson_id) VALUES ({M}, {course}, {lesson});
INSERT INTO public.quiz_attempts (user_id, course_id, lesson_id, score, max_score) VALUES ({M}, {course}, {preview}, 1, 2);
INSERT INTO public.assignment_submissions (user_id, course_id, lesson_id) VALUES ({M}, {course}, {late});
-- What the triggers told I is told elsewhere.
DELETE FROM public.notifications WHERE user_id = {I};
INSERT INTO public.notifications (user_id, type, title) VALUES ({M}, 'announcement', 'Title');
