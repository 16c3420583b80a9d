/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A program that is started with breakpoints waits until all of them are armed. The linker has the inspector ask through
 * this test how many modules there are (--wrap): so the program says what it has loaded, and that it waits, at the very
 * moment that is the worst. */

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "channel-builder.h"
#include "channel/reader.h"
#include "inspector.h"
#include "inspector-stops.h"
#include "own-module.h"
#include "session/inspector-target-private.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

extern void arming_callback (void);
uint32_t __real_channel_reader_count_modules (ChannelReader *reader);
uint32_t __wrap_channel_reader_count_modules (ChannelReader *reader);

/* The program's side of the channel. */
static ChannelHeader *header;
static ChannelControl *control;
static guint
    n_until_it_waits; /* how often modules are counted before; 0: it waits already, or not yet */

/* Where the breakpoint is, in a module that comes late. */
void
arming_callback (void)
{
  header = NULL;
}

/* It has loaded the last of what it is made of, and waits. */
static void
begin_to_wait (void)
{
  __atomic_store_n (&header->modules_count.value, 2, __ATOMIC_RELEASE);
  __atomic_store_n (&header->holding, 1, __ATOMIC_RELEASE);
}

uint32_t
__wrap_channel_reader_count_modules (ChannelReader *reader)
{
  uint32_t n = __real_channel_reader_count_modules (reader);

  if (n_until_it_waits > 0 && --n_until_it_waits == 0)
    begin_to_wait ();
  return n;
}

/* Of two modules, of which the program has told of one so far. */
static int
make_channel (void)
{
  ChannelBuilderShape shape = { 0 };
  ChannelBuilder *builder = channel_builder_new (&shape);
  OwnModule own;
  char *memory;
  int fd;

  channel_builder_add_module (builder, "linux-vdso.so.1", 0x1000, 0x2000, 0x1000);
  own_module_find (&own);
  channel_builder_add_module (builder, own.path, own.start, own.end, own.bias);
  own_module_clear (&own);
  channel_builder_get_header (builder)->modules_count.value = 1;
  fd = channel_builder_dup_memfd (builder, SEALS);
  memory = mmap (NULL, 2 * CHANNEL_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  g_assert_true (memory != MAP_FAILED);
  header = (ChannelHeader *)(void *)memory;
  control = (ChannelControl *)(void *)(memory + CHANNEL_PAGE);
  channel_builder_free (builder);
  return fd;
}

/* Its code is known to the program, which cannot tell by a name. */
static gboolean
is_armed (void)
{
  guint64 address = (guint64)GPOINTER_TO_SIZE (arming_callback);

  for (guint i = 0; i < control->n_breaks; i++)
    if (control->breaks[i].of == CHANNEL_BREAK_ADDRESS && address >= control->breaks[i].low &&
        address < control->breaks[i].high)
      return TRUE;
  return FALSE;
}

/* Returns: whether modules were counted that often in one round of the session */
static gboolean
try_moment (guint moment)
{
  g_autoptr (InspectorSession) session = inspector_session_new ();
  g_autoptr (GError) error = NULL;
  InspectorTarget *target = inspector_session_add_target (session, getpid (), "./app", 0);
  gboolean was_then;

  inspector_target_attach_channel (target, make_channel (), &error);
  g_assert_no_error (error);
  inspector_session_add_breakpoint (session, "arming_callback", &error);
  g_assert_no_error (error);
  inspector_session_poll (session);
  g_assert_false (is_armed ());
  g_assert_cmpuint (control->may_begin, ==, 0);

  n_until_it_waits = moment;
  inspector_session_poll (session);
  was_then = n_until_it_waits == 0;
  g_assert_true (control->may_begin == 0 || is_armed ());

  n_until_it_waits = 0;
  begin_to_wait ();
  inspector_session_poll (session);
  g_assert_true (is_armed ());
  g_assert_cmpuint (control->may_begin, ==, 1);
  munmap (header, 2 * CHANNEL_PAGE);
  return was_then;
}

static void
test_all_before_it_begins (void)
{
  guint moment = 1;

  while (try_moment (moment))
    moment++;
  g_assert_cmpuint (moment, >, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arming/all-before-it-begins", test_all_before_it_begins);
  return g_test_run ();
}
