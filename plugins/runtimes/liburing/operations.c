/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What an operation is, and whose. */

#include "plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "emit/sys.h"
#include "flights.h"
#include "watchers/descriptors.h"
#include "watchers/say.h"

#define CQE_MORE (1u << 1)  /* IORING_CQE_F_MORE */
#define CQE_NOTIF (1u << 3) /* IORING_CQE_F_NOTIF */

/* What the table knows of an address that is none: which task used it last. */
enum
{
  OF_USER_DATA,
  OF_FD,     /* the descriptor plus one */
  OF_ORIGIN, /* the same: the task that accepted it */
};

/* What is known of a descriptor, in the flags of its record. */
typedef enum
{
  FD_UNKNOWN,
  FD_FILE,
  FD_STREAM, /* a connection */
  FD_OTHER,
} FdClass;

typedef struct
{
  const struct io_uring_sqe *sqe;
  FdClass fd_class;
  int fd; /* -1: none that the process knows by number */
} Operation;

#define KIND(ID, name, phrase, flags)                                                              \
  static InspectKind kind_##ID = { name, phrase, INSPECT_KIND_AWAIT, flags, 0, 0 };
#include "operations.def"
static InspectKind key_opcode = {
  "opcode", "operation", INSPECT_KIND_KEY, INSPECT_VALUE_U64, 0, 0
};

/* ---- Tasks -------------------------------------------------------------------------------------- */

static const void *
address_of_fd (int fd)
{
  return (const void *)(uintptr_t)((unsigned)fd + 1);
}

/* With a reference; INSPECT_NONE: none that goes on. */
static InspectId
ref_known (const void *address, unsigned part)
{
  Record record;

  return table_get (address, part, &record) && task_try_ref (record.bound, record.bound_generation)
             ? record.bound
             : INSPECT_NONE;
}

static void
bind_to (const void *address, unsigned part, InspectId task, uint32_t flags)
{
  Record next = { .kind = NULL,
                  .bound = task,
                  .bound_generation = task_get_generation (task),
                  .fd = -1,
                  .flags = flags },
         before;

  table_put (address, part, &next, &before);
}

/* A connection is a task of its own, which the one that accepted it has begun. */
static InspectId
begin_connection (int fd, InspectLocationId where)
{
  Record origin;
  InspectId parent;

  if (fd < 0 || !table_get (address_of_fd (fd), OF_ORIGIN, &origin) || origin.bound == INSPECT_NONE)
    return INSPECT_NONE;
  parent = task_try_ref (origin.bound, origin.bound_generation) ? origin.bound : INSPECT_NONE;
  table_drop (address_of_fd (fd), OF_ORIGIN);
  origin.bound = task_begin (parent, where);
  task_unref (parent);
  return origin.bound;
}

static InspectId
task_of (const Operation *operation, InspectLocationId where)
{
  const void *subject = (const void *)(uintptr_t)operation->sqe->user_data;
  InspectId current = inspect_task_current ();
  InspectId task = begin_connection (operation->fd, where);

  if (task == INSPECT_NONE && subject != NULL)
    task = ref_known (subject, OF_USER_DATA);
  if (task == INSPECT_NONE && operation->fd >= 0)
    task = ref_known (address_of_fd (operation->fd), OF_FD);
  if (task == INSPECT_NONE && task_ref (current))
    task = current;
  if (task == INSPECT_NONE)
    task = task_begin (INSPECT_NONE, where);
  return task;
}

/* ---- Descriptors -------------------------------------------------------------------------------- */

static FdClass
look_at_fd (int fd)
{
  struct stat status;

  if (SYS_CALL2 (SYS_fstat, fd, &status) != 0)
    return FD_OTHER;
  if (S_ISREG (status.st_mode) || S_ISBLK (status.st_mode) || S_ISDIR (status.st_mode))
    return FD_FILE;
  if (!S_ISSOCK (status.st_mode))
    return FD_OTHER;
  return descriptor_look (fd) == DESCRIPTOR_STREAM ? FD_STREAM : FD_OTHER;
}

/* Asked of the kernel when a task uses it for the first time. */
static FdClass
class_of (const Operation *operation)
{
  Record record;

  if (operation->fd < 0)
    return FD_OTHER;
  /* It may be a connection by the next operation, and was none before. */
  if (operation->sqe->opcode == IORING_OP_CONNECT || operation->sqe->opcode == IORING_OP_ACCEPT)
    return FD_OTHER;
  if (table_get (address_of_fd (operation->fd), OF_FD, &record) &&
      (record.flags == FD_STREAM || record.flags == FD_FILE) &&
      task_try_ref (record.bound, record.bound_generation))
    {
      task_unref (record.bound);
      return (FdClass)record.flags;
    }
  return look_at_fd (operation->fd);
}

static bool
has_no_fd (uint8_t opcode)
{
  switch (opcode)
    {
    case IORING_OP_NOP:
    case IORING_OP_TIMEOUT:
    case IORING_OP_TIMEOUT_REMOVE:
    case IORING_OP_ASYNC_CANCEL:
    case IORING_OP_POLL_REMOVE:
    case IORING_OP_OPENAT:
    case IORING_OP_OPENAT2:
    case IORING_OP_STATX:
    case IORING_OP_RENAMEAT:
    case IORING_OP_UNLINKAT:
      return true;
    default:
      return false;
    }
}

/* ---- What it is: its kind, then what is known of it ---------------------------------------------- */

typedef InspectKind *(*SayFunc) (const Operation *operation, InspectObject await);

static uint64_t
count_vector (const struct io_uring_sqe *sqe)
{
  const struct iovec *vector = (const struct iovec *)(uintptr_t)sqe->addr;
  uint64_t bytes = 0;

  for (uint32_t i = 0; vector != NULL && i < sqe->len && i < 1024; i++)
    bytes += vector[i].iov_len;
  return bytes;
}

static uint64_t
count_message (const struct io_uring_sqe *sqe)
{
  const struct msghdr *message = (const struct msghdr *)(uintptr_t)sqe->addr;
  uint64_t bytes = 0;

  for (size_t i = 0; message != NULL && i < message->msg_iovlen && i < 1024; i++)
    bytes += message->msg_iov[i].iov_len;
  return bytes;
}

static uint64_t
count_bytes (const struct io_uring_sqe *sqe)
{
  switch (sqe->opcode)
    {
    case IORING_OP_READV:
    case IORING_OP_WRITEV:
      return count_vector (sqe);
    case IORING_OP_SENDMSG:
    case IORING_OP_RECVMSG:
      return count_message (sqe);
    default:
      return sqe->len;
    }
}

static void
say_bytes (const Operation *operation, InspectObject await)
{
  inspect_attribute (await, &key_bytes, count_bytes (operation->sqe));
}

static InspectKind *
says_nothing (const Operation *operation, InspectObject await)
{
  return &kind_OTHER;
}

static InspectKind *
says_read (const Operation *operation, InspectObject await)
{
  if (await != 0 && operation->fd_class != FD_STREAM)
    say_bytes (operation, await);
  return operation->fd_class == FD_STREAM ? &kind_RECEIVE
         : operation->fd_class == FD_FILE ? &kind_READ
                                          : &kind_WATCH;
}

static InspectKind *
says_write (const Operation *operation, InspectObject await)
{
  if (await != 0)
    say_bytes (operation, await);
  return operation->fd_class == FD_STREAM ? &kind_SEND
         : operation->fd_class == FD_FILE ? &kind_WRITE
                                          : &kind_WATCH_WRITE;
}

static InspectKind *
says_accept (const Operation *operation, InspectObject await)
{
  if (await != 0 && operation->fd >= 0)
    descriptor_look (operation->fd);
  return &kind_ACCEPT;
}

static InspectKind *
says_connect (const Operation *operation, InspectObject await)
{
  const struct io_uring_sqe *sqe = operation->sqe;

  if (await != 0 && operation->fd >= 0)
    descriptor_set_client (operation->fd);
  if (await != 0 && sqe->addr != 0 && sqe->off <= sizeof (struct sockaddr_storage))
    inspect_attribute_bytes (await, &key_peer, (const void *)(uintptr_t)sqe->addr, sqe->off);
  return &kind_CONNECT;
}

static InspectKind *
says_poll (const Operation *operation, InspectObject await)
{
  return &kind_POLL;
}

/* Of a linked one that is the deadline of something else there is no await. */
static InspectKind *
says_timeout (const Operation *operation, InspectObject await)
{
  const struct io_uring_sqe *sqe = operation->sqe;
  const struct __kernel_timespec *time = (const struct __kernel_timespec *)(uintptr_t)sqe->addr;
  int64_t ns;

  if (await == 0 || time == NULL || time->tv_sec < 0 ||
      time->tv_sec >= INT64_MAX / NS_PER_SECOND - 1)
    return &kind_TIMER;
  ns = time->tv_sec * NS_PER_SECOND + time->tv_nsec;
  /* Of another clock than ours it is not known when that is. */
  if ((sqe->timeout_flags & ~(unsigned)IORING_TIMEOUT_ABS) == 0)
    inspect_attribute (await, &key_due,
                       (sqe->timeout_flags & IORING_TIMEOUT_ABS) != 0 ? (uint64_t)ns
                                                                      : ns_after (ns));
  return &kind_TIMER;
}

static void
say_path (const Operation *operation, InspectObject await)
{
  if (await != 0)
    say_text (await, &key_path, (const char *)(uintptr_t)operation->sqe->addr);
}

static InspectKind *
says_open (const Operation *operation, InspectObject await)
{
  say_path (operation, await);
  return &kind_OPEN;
}

static InspectKind *
says_stat (const Operation *operation, InspectObject await)
{
  say_path (operation, await);
  return &kind_STAT;
}

static InspectKind *
says_change (const Operation *operation, InspectObject await)
{
  say_path (operation, await);
  return &kind_CHANGE;
}

static InspectKind *
says_file (const Operation *operation, InspectObject await)
{
  return &kind_FILE;
}

static InspectKind *
says_splice (const Operation *operation, InspectObject await)
{
  if (await != 0)
    inspect_attribute (await, &key_bytes, operation->sqe->len);
  return &kind_SPLICE;
}

static InspectKind *
says_cancel (const Operation *operation, InspectObject await)
{
  return &kind_CANCEL;
}

static InspectKind *
says_message (const Operation *operation, InspectObject await)
{
  return &kind_MESSAGE;
}

static SayFunc const says[256] = {
#define OPERATION(OPCODE, function) [OPCODE] = function,
#include "operations.def"
};

static InspectKind *
say (const Operation *operation, InspectObject await)
{
  SayFunc function = says[operation->sqe->opcode];

  if (function == NULL || function == says_nothing)
    {
      if (await != 0)
        inspect_attribute (await, &key_opcode, operation->sqe->opcode);
      return &kind_OTHER;
    }
  return function (operation, await);
}

/* ---- Its life ------------------------------------------------------------------------------------- */

static void
remember (const Operation *operation, InspectId task)
{
  const void *subject = (const void *)(uintptr_t)operation->sqe->user_data;

  if (subject != NULL)
    bind_to (subject, OF_USER_DATA, task, 0);
  if (operation->fd >= 0)
    bind_to (address_of_fd (operation->fd), OF_FD, task, operation->fd_class);
}

void
operation_begin (const struct io_uring *ring, const struct io_uring_sqe *sqe,
                 const struct __kernel_timespec *deadline, const void *caller)
{
  InspectLocationId where = watcher_place (caller);
  Operation operation = { sqe, FD_UNKNOWN, -1 };
  Flight *flight = flights_take_off ();
  InspectId task = INSPECT_NONE;

  /* A number of the ring's own table says nothing here. */
  if (!has_no_fd (sqe->opcode) && (sqe->flags & IOSQE_FIXED_FILE) == 0)
    operation.fd = sqe->fd;
  if (flight != NULL)
    task = task_of (&operation, where);
  if (task == INSPECT_NONE)
    {
      watchers.agent.count_skipped ();
      if (flight != NULL)
        flights_free (flight);
      return;
    }
  operation.fd_class = class_of (&operation);
  *flight = (Flight){ .ring = ring,
                      .user_data = sqe->user_data,
                      .task = task,
                      .session = watchers.session,
                      .fd = operation.fd,
                      .opcode = sqe->opcode };
  flight->await = inspect_object (say (&operation, 0), inspect_id_of (flight));
  remember (&operation, task);
  inspect_await_begin (task, flight->await, where);
  if (operation.fd >= 0)
    say_descriptor (flight->await, operation.fd, NULL);
  say (&operation, flight->await);
  if (deadline != NULL && deadline->tv_sec >= 0 && deadline->tv_sec < INT64_MAX / NS_PER_SECOND - 1)
    inspect_attribute (flight->await, &key_deadline,
                       ns_after (deadline->tv_sec * NS_PER_SECOND + deadline->tv_nsec));
  flights_add (flight);
}

static void
forget_fd (int fd)
{
  descriptor_forget (fd);
  table_drop (address_of_fd (fd), OF_FD);
  table_drop (address_of_fd (fd), OF_ORIGIN);
}

/* What was accepted is of the listener's task, until something is done with it. */
static void
note_descriptors (const Flight *flight, int result)
{
  if (flight->opcode == IORING_OP_CLOSE && result == 0 && flight->fd >= 0)
    forget_fd (flight->fd);
  if (flight->opcode != IORING_OP_ACCEPT || result < 0)
    return;
  forget_fd (result);
  bind_to (address_of_fd (result), OF_ORIGIN, flight->task, 0);
}

InspectId
operation_complete (const struct io_uring *ring, const struct io_uring_cqe *cqe)
{
  Flight *flight = (cqe->flags & CQE_NOTIF) == 0 ? flights_find (ring, cqe->user_data) : NULL;
  InspectId task;

  if (flight == NULL)
    return INSPECT_NONE;
  if (flight->session != watchers.session)
    {
      flights_land (flight);
      task_forget (flight->task);
      flights_free (flight);
      return INSPECT_NONE;
    }
  note_descriptors (flight, cqe->res);
  task = flight->task;
  if ((cqe->flags & CQE_MORE) != 0)
    {
      inspect_wake (flight->await);
      return task_ref (task) ? task : INSPECT_NONE;
    }
  flights_land (flight);
  inspect_await_end (task, flight->await, cqe->res < 0 ? cqe->res : 0);
  flights_free (flight);
  return task;
}

void
operations_end (const struct io_uring *ring)
{
  Flight *flight;

  while ((flight = flights_land_any (ring)) != NULL)
    {
      if (watchers_are_on () && flight->session == watchers.session)
        {
          inspect_await_end (flight->task, flight->await, -ECANCELED);
          task_unref (flight->task);
        }
      else
        task_forget (flight->task);
      flights_free (flight);
    }
}
