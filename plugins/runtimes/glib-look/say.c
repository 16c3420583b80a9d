/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A source that is attached, or a GTask, as a task that waits: of what the callbacks of a program make, no more can be told
 * without having seen them run. Seconds may lie between two looks, in which a source is dispatched many times: so
 * none of these is a wait that has to end by some time. */

#include "say.h"

#include "inspect-keys.h"

#define ID_MASK ((G_GUINT64_CONSTANT (1) << 48) - 1)
#define NS_PER_MS G_GUINT64_CONSTANT (1000000)

#define RESTS (INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_WATCHES)

static const InspectKind awaits[N_SORTS] = {
  [SORT_OTHER] = { "glib.source", "waiting for a source of GLib", INSPECT_KIND_AWAIT, RESTS, 0, 0 },
  [SORT_TIMEOUT] = { "glib.timeout", "timeout of {repeat}", INSPECT_KIND_AWAIT, RESTS, 0, 0 },
  [SORT_IDLE] = { "glib.idle", "idle callback, next when nothing more urgent is",
                  INSPECT_KIND_AWAIT, INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_LOOP, 0, 0 },
  [SORT_IO] = { "glib.io", "watching descriptor {fd}", INSPECT_KIND_AWAIT, RESTS, 0, 0 },
  [SORT_CHILD] = { "glib.child", "child process {pid} to exit", INSPECT_KIND_AWAIT,
                   INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_EXTERNAL, 0, 0 },
  [SORT_SIGNAL] = { "glib.signal", "waiting for signal {signal}", INSPECT_KIND_AWAIT, RESTS, 0, 0 },
  [SORT_FD] = { "glib.fd", "watching descriptor {fd}", INSPECT_KIND_AWAIT, RESTS, 0, 0 },
};
static const InspectKind await_timeout = { "glib.timeout", "a timeout", INSPECT_KIND_AWAIT,
                                           RESTS,          0,           0 };
static const InspectKind await_named = {
  "glib.named-source", "waiting for source {name}", INSPECT_KIND_AWAIT, RESTS, 0, 0
};
/* Of some it is right to wait for ever. */
static const InspectKind await_gtask = {
  "gio.task", "waiting for {name}", INSPECT_KIND_AWAIT, RESTS, 0, 0
};
static const InspectKind await_work = { "gio.task-thread",
                                        "running {name} in a thread",
                                        INSPECT_KIND_AWAIT,
                                        INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_POOL,
                                        0,
                                        0 };
static const InspectKind resource_fd = { "glib.fd", "descriptor", INSPECT_KIND_RESOURCE, 0, 0, 0 };

#define KEY(var, name, label, type)                                                                \
  static const InspectKind var = { name, label, INSPECT_KIND_KEY, INSPECT_VALUE_##type, 0, 0 }
KEY (key_callback, INSPECT_KEY_CALLBACK, "callback", CODE);
KEY (key_fd, INSPECT_KEY_FD, "descriptor", FD);
KEY (key_repeat, INSPECT_KEY_REPEAT, "repeat", DURATION);
KEY (key_pid, INSPECT_KEY_PID, "pid", PID);
KEY (key_signal, INSPECT_KEY_SIGNAL, "signal", U64);
KEY (key_name, INSPECT_KEY_NAME, "name", TEXT);

static guint
add_number (const LookSource *source, InspectorProbeAttribute *attribute)
{
  if (!source->has_number)
    return 0;
  switch (source->sort)
    {
    case SORT_TIMEOUT:
      *attribute = (InspectorProbeAttribute){ &key_repeat, source->number * NS_PER_MS, NULL };
      return 1;
    case SORT_CHILD:
      *attribute = (InspectorProbeAttribute){ &key_pid, source->number, NULL };
      return 1;
    case SORT_SIGNAL:
      *attribute = (InspectorProbeAttribute){ &key_signal, source->number, NULL };
      return 1;
    default:
      return 0;
    }
}

static const InspectKind *
get_kind (const LookSource *source)
{
  if (source->sort == SORT_OTHER && source->name[0] != '\0')
    return &await_named;
  /* Whose descriptor could not be read. */
  if ((source->sort == SORT_IO || source->sort == SORT_FD) && source->fd < 0)
    return &awaits[SORT_OTHER];
  if (source->sort == SORT_TIMEOUT && !source->has_number)
    return &await_timeout;
  return &awaits[source->sort];
}

static void
say_source (const LookSource *source, DebugSymbols *symbols, const InspectorProbeSink *sink)
{
  InspectorProbeFrame frame = { 0 };
  InspectorProbeAttribute attributes[4];
  InspectorProbeAttribute fd = { &key_fd, (guint64)source->fd, NULL };
  InspectorProbeResource resource = { &resource_fd, source->address, &fd, 1 };
  guint n = add_number (source, attributes);
  InspectorProbeAwait await;
  InspectorProbeTask task;

  if (source->name[0] != '\0')
    attributes[n++] = (InspectorProbeAttribute){ &key_name, 0, source->name };
  if (source->callback != 0)
    {
      const DebugSymbol *symbol =
          debug_symbols_lookup (symbols, source->callback, DEBUG_ADDRESS_FUNCTION);

      attributes[n++] = (InspectorProbeAttribute){ &key_callback, source->callback, NULL };
      frame.place = (InspectorProbePlace){ symbol->function, symbol->file, symbol->line, FALSE };
    }
  await = (InspectorProbeAwait){ .kind = get_kind (source),
                                 .id = source->address & ID_MASK,
                                 .frames = &frame,
                                 .n_frames = 1,
                                 .resource = source->fd >= 0 ? &resource : NULL,
                                 .attributes = attributes,
                                 .n_attributes = n };
  task =
      (InspectorProbeTask){ .id = source->address & ID_MASK,
                            .serial = source->callback ^ ((guint64)source->id << 48),
                            .state = INSPECTOR_PROBE_WAITING,
                            .name = source->callback == 0 && source->name[0] != '\0' ? source->name
                                                                                     : NULL,
                            .place = frame.place,
                            .awaits = &await,
                            .n_awaits = 1 };
  sink->task (sink->data, &task);
}

void
look_say_sources (const GArray *sources, DebugSymbols *symbols, const InspectorProbeSink *sink)
{
  for (guint i = 0; i < sources->len; i++)
    say_source (&g_array_index (sources, LookSource, i), symbols, sink);
}

/* ---- GTasks ----------------------------------------------------------------------------------------- */

static const char *
get_function (DebugSymbols *symbols, guint64 address)
{
  const DebugSymbol *symbol =
      address != 0 ? debug_symbols_lookup (symbols, address, DEBUG_ADDRESS_FUNCTION) : NULL;

  return symbol != NULL && symbol->exact ? symbol->function : NULL;
}

static const char *
get_name (const LookGTask *gtask, DebugSymbols *symbols)
{
  const char *name = gtask->name[0] != '\0' ? gtask->name : get_function (symbols, gtask->work);

  if (name == NULL)
    name = get_function (symbols, gtask->source_tag);
  return name != NULL ? name : "a GTask";
}

static void
say_gtask (const LookGTask *gtask, DebugSymbols *symbols, const InspectorProbeSink *sink)
{
  guint64 place = gtask->callback != 0 ? gtask->callback : gtask->work;
  g_autofree char *name = g_strdup (get_name (gtask, symbols));
  InspectorProbeAttribute attributes[] = { { &key_name, 0, name },
                                           { &key_callback, gtask->callback, NULL } };
  InspectorProbeFrame frame = { 0 };
  InspectorProbeAwait await;
  InspectorProbeTask task;

  if (place != 0)
    {
      const DebugSymbol *symbol = debug_symbols_lookup (symbols, place, DEBUG_ADDRESS_FUNCTION);

      frame.place = (InspectorProbePlace){ symbol->function, symbol->file, symbol->line, FALSE };
    }
  await = (InspectorProbeAwait){ .kind = gtask->work != 0 ? &await_work : &await_gtask,
                                 .id = gtask->address & ID_MASK,
                                 .frames = &frame,
                                 .n_frames = 1,
                                 .attributes = attributes,
                                 .n_attributes = gtask->callback != 0 ? 2 : 1 };
  task = (InspectorProbeTask){ .id = gtask->address & ID_MASK,
                               .serial = gtask->callback ^ gtask->source_tag,
                               .state = INSPECTOR_PROBE_WAITING,
                               .name = frame.place.function == NULL ? name : NULL,
                               .place = frame.place,
                               .awaits = &await,
                               .n_awaits = 1 };
  sink->task (sink->data, &task);
}

void
look_say_gtasks (const GArray *gtasks, DebugSymbols *symbols, const InspectorProbeSink *sink)
{
  for (guint i = 0; i < gtasks->len; i++)
    say_gtask (&g_array_index (gtasks, LookGTask, i), symbols, sink);
}
