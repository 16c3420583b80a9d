/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* States stay apart for people who see fewer colours. */

#include <math.h>

#include <waits.h>

/* Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision
 * Deficiency", 2009, table of severity 1.0. On linear RGB. */
static const struct
{
  const char *name;
  double matrix[3][3];
} eyes[] = {
  { "usual", { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } } },
  { "protanopia",
    { { 0.152286, 1.052583, -0.204868 },
      { 0.114503, 0.786281, 0.099216 },
      { -0.003882, -0.048116, 1.051998 } } },
  { "deuteranopia",
    { { 0.367322, 0.860646, -0.227968 },
      { 0.280085, 0.672501, 0.047413 },
      { -0.011820, 0.042940, 0.968881 } } },
  { "tritanopia",
    { { 1.255528, -0.076749, -0.178779 },
      { -0.078411, 0.930809, 0.147602 },
      { 0.004733, 0.691367, 0.303900 } } },
};

/* In CIE L*a*b*; two patches side by side are told apart from about 2 on, small ones from about 10 on. */
#define LEAST_DISTANCE 16.0

static double
to_linear (guint32 value)
{
  double part = value / 255.0;

  return part <= 0.04045 ? part / 12.92 : pow ((part + 0.055) / 1.055, 2.4);
}

static double
curve (double t)
{
  return t > 216.0 / 24389 ? cbrt (t) : (24389.0 / 27 * t + 16) / 116;
}

static void
look (guint32 colour, const double matrix[3][3], double ret_lab[3])
{
  double rgb[3] = { to_linear (colour >> 16 & 255), to_linear (colour >> 8 & 255),
                    to_linear (colour & 255) };
  double seen[3], x, y, z;

  for (int i = 0; i < 3; i++)
    seen[i] = CLAMP (matrix[i][0] * rgb[0] + matrix[i][1] * rgb[1] + matrix[i][2] * rgb[2], 0, 1);
  x = curve ((0.4124 * seen[0] + 0.3576 * seen[1] + 0.1805 * seen[2]) / 0.95047);
  y = curve (0.2126 * seen[0] + 0.7152 * seen[1] + 0.0722 * seen[2]);
  z = curve ((0.0193 * seen[0] + 0.1192 * seen[1] + 0.9505 * seen[2]) / 1.08883);
  ret_lab[0] = 116 * y - 16;
  ret_lab[1] = 500 * (x - y);
  ret_lab[2] = 200 * (y - z);
}

static double
get_distance (guint32 one, guint32 other, const double matrix[3][3])
{
  double a[3], b[3];

  look (one, matrix, a);
  look (other, matrix, b);
  return sqrt (pow (a[0] - b[0], 2) + pow (a[1] - b[1], 2) + pow (a[2] - b[2], 2));
}

static void
test_apart (void)
{
  for (int is_dark = 0; is_dark <= 1; is_dark++)
    for (gsize eye = 0; eye < G_N_ELEMENTS (eyes); eye++)
      for (int a = INSPECTOR_STATE_NONE; a < INSPECTOR_N_STATES; a++)
        for (int b = a + 1; b < INSPECTOR_N_STATES; b++)
          {
            guint32 one = ui_state_get_colour ((InspectorState)a, is_dark);
            guint32 other = ui_state_get_colour ((InspectorState)b, is_dark);
            double distance = get_distance (one, other, eyes[eye].matrix);

            if (distance < LEAST_DISTANCE && a != INSPECTOR_STATE_NONE)
              g_test_message ("%s and %s, %s, %s: %.1f", ui_state_get_name ((InspectorState)a),
                              ui_state_get_name ((InspectorState)b), is_dark ? "dark" : "light",
                              eyes[eye].name, distance);
            /* What is not there may be near to what rests: there is nothing to see in either. */
            g_assert_true (distance >= LEAST_DISTANCE || a == INSPECTOR_STATE_NONE);
          }
}

/* What is drawn side by side in the timeline. */
static UiStateLook
get_drawn (guint i)
{
  static const InspectorState others[] = { INSPECTOR_STATE_RUNNING, INSPECTOR_STATE_READY,
                                           INSPECTOR_STATE_RESTING, INSPECTOR_STATE_UNKNOWN };

  return i < G_N_ELEMENTS (others) ? *ui_state_get_look (others[i])
                                   : *ui_family_get_look (i - G_N_ELEMENTS (others) + 1);
}
#define N_DRAWN (4 + INSPECTOR_N_FAMILIES - 1)

static void
test_waits_apart (void)
{
  for (int is_dark = 0; is_dark <= 1; is_dark++)
    for (gsize eye = 0; eye < G_N_ELEMENTS (eyes); eye++)
      for (guint a = 0; a < N_DRAWN; a++)
        for (guint b = a + 1; b < N_DRAWN; b++)
          {
            UiStateLook one = get_drawn (a), other = get_drawn (b);
            double distance = get_distance (is_dark ? one.dark : one.light,
                                            is_dark ? other.dark : other.light, eyes[eye].matrix);

            if (distance < LEAST_DISTANCE)
              g_test_message ("%s and %s, %s, %s: %.1f", one.name, other.name,
                              is_dark ? "dark" : "light", eyes[eye].name, distance);
            g_assert_cmpfloat (distance, >=, LEAST_DISTANCE);
          }
}

static void
test_waits_patterns (void)
{
  for (guint a = 0; a < N_DRAWN; a++)
    for (guint b = a + 1; b < N_DRAWN; b++)
      {
        UiStateLook one = get_drawn (a), other = get_drawn (b);

        /* What runs and what rests have none, both. */
        g_assert_true (one.pattern != other.pattern || one.pattern == UI_PATTERN_PLAIN);
      }
  /* Whatever the state of a wait is, its pattern says what it is for. */
  for (guint state = INSPECTOR_STATE_WAITING; state <= INSPECTOR_STATE_BLOCKED; state++)
    for (guint family = 1; family < INSPECTOR_N_FAMILIES; family++)
      g_assert_cmpint (ui_part_get_look ((InspectorState)state, (InspectorFamily)family).pattern,
                       ==, ui_family_get_look ((InspectorFamily)family)->pattern);
}

/* Blocked is red, whatever for; what rests is near to the background. */
static void
test_waits_say_states (void)
{
  for (int is_dark = 0; is_dark <= 1; is_dark++)
    for (guint family = 1; family < INSPECTOR_N_FAMILIES; family++)
      {
        UiStateLook blocked = ui_part_get_look (INSPECTOR_STATE_BLOCKED, (InspectorFamily)family);
        UiStateLook resting = ui_part_get_look (INSPECTOR_STATE_RESTING, (InspectorFamily)family);
        UiStateLook waiting = ui_part_get_look (INSPECTOR_STATE_WAITING, (InspectorFamily)family);
        guint32 red = is_dark ? blocked.dark : blocked.light;
        guint32 ground = ui_state_get_colour (INSPECTOR_STATE_NONE, is_dark);

        g_assert_cmpuint (red >> 16, >, (red >> 8 & 255) + 20);
        g_assert_cmpuint (red >> 16, >, (red & 255) + 60);
        g_assert_cmpfloat (
            get_distance (is_dark ? resting.dark : resting.light, ground, eyes[0].matrix), <,
            get_distance (is_dark ? waiting.dark : waiting.light, ground, eyes[0].matrix));
      }
}

/* What is to be found, a blocked task, stands out from the background most. */
static void
test_blocked_stands_out (void)
{
  for (int is_dark = 0; is_dark <= 1; is_dark++)
    for (gsize eye = 0; eye < G_N_ELEMENTS (eyes); eye++)
      g_assert_cmpfloat (get_distance (ui_state_get_colour (INSPECTOR_STATE_BLOCKED, is_dark),
                                       ui_state_get_colour (INSPECTOR_STATE_NONE, is_dark),
                                       eyes[eye].matrix),
                         >, 40);
}

static void
test_patterns (void)
{
  const InspectorState active[] = { INSPECTOR_STATE_RUNNING, INSPECTOR_STATE_READY,
                                    INSPECTOR_STATE_WAITING, INSPECTOR_STATE_SLEEPING,
                                    INSPECTOR_STATE_BLOCKED, INSPECTOR_STATE_UNKNOWN };

  /* Without any colour: each has a pattern of its own. */
  for (gsize a = 0; a < G_N_ELEMENTS (active); a++)
    for (gsize b = a + 1; b < G_N_ELEMENTS (active); b++)
      g_assert_cmpint (ui_state_get_look (active[a])->pattern, !=,
                       ui_state_get_look (active[b])->pattern);
}

static double
get_luminance (guint32 colour)
{
  return 0.2126 * to_linear (colour >> 16 & 255) + 0.7152 * to_linear (colour >> 8 & 255) +
         0.0722 * to_linear (colour & 255);
}

/* WCAG 2.1, 1.4.11: 3 for what is no text. */
static void
assert_ink_is_seen (guint32 colour)
{
  double ink = get_luminance (ui_colour_blend (colour, ui_colour_get_ink (colour), 0.75));
  double ground = get_luminance (colour);

  g_assert_cmpfloat ((MAX (ink, ground) + 0.05) / (MIN (ink, ground) + 0.05), >=, 3);
}

static void
test_ink (void)
{
  for (int state = INSPECTOR_STATE_NONE; state < INSPECTOR_N_STATES; state++)
    for (int family = INSPECTOR_FAMILY_NONE; family < INSPECTOR_N_FAMILIES; family++)
      {
        UiStateLook look = ui_part_get_look ((InspectorState)state, (InspectorFamily)family);

        assert_ink_is_seen (look.light);
        assert_ink_is_seen (look.dark);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/colours/apart", test_apart);
  g_test_add_func ("/colours/blocked-stands-out", test_blocked_stands_out);
  g_test_add_func ("/colours/ink-is-seen", test_ink);
  g_test_add_func ("/colours/patterns", test_patterns);
  g_test_add_func ("/colours/waits-apart", test_waits_apart);
  g_test_add_func ("/colours/waits-patterns", test_waits_patterns);
  g_test_add_func ("/colours/waits-say-states", test_waits_say_states);
  return g_test_run ();
}
