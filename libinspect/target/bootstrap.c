/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Runs in the target, copied there: all of it is in one section, refers to nothing outside of it, has
 * no constants in memory, and calls nobody but the kernel and what BootstrapData names. Whatever goes
 * wrong, and whether or not anybody still watches, it ends by taking the thread back where it was. */

#include "target/bootstrap.h"

#if defined(__x86_64__)

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#include "agent/attachment.h"

#define IN_BOOTSTRAP __attribute__ ((section ("target_bootstrap"), noinline, used))
#define INLINE static inline __attribute__ ((always_inline))

/* Its own stack, so that it does not matter how much of its own the thread has left. */
#define SCRATCH_BYTES 0x80000

/* The stack pointer is at BootstrapData, and nothing is pushed there. */
__asm__(
    ".pushsection target_bootstrap,\"ax\",@progbits\n"
    "	.globl	target_bootstrap_entry\n"
    "	.hidden	target_bootstrap_entry\n"
    "	.type	target_bootstrap_entry, @function\n"
    "target_bootstrap_entry:\n"
    "	mov	%rdi, %rbx\n"
    /* mmap (NULL, SCRATCH_BYTES, READ | WRITE, PRIVATE | ANONYMOUS | NORESERVE, -1, 0) */
    "	xor	%edi, %edi\n"
    "	mov	$0x80000, %esi\n"
    "	mov	$3, %edx\n"
    "	mov	$0x4022, %r10d\n"
    "	mov	$-1, %r8\n"
    "	xor	%r9d, %r9d\n"
    "	mov	$9, %eax\n"
    "	syscall\n"
    "	cmp	$-4096, %rax\n"
    "	ja	1f\n"
    "	mov	%rax, %r12\n"
    "	lea	0x80000(%rax), %rsp\n"
    "	mov	%rbx, %rdi\n"
    "	mov	%rax, %rsi\n"
    "	cld\n"
    "	call	target_bootstrap_main\n"
    "	mov	%rbx, %rsp\n"
    "	mov	%r12, %rdi\n"
    "	mov	$0x80000, %esi\n"
    "	mov	$11, %eax\n" /* munmap */
    "	syscall\n"
    "1:	movl	$1, 60(%rbx)\n" /* is_parked */
    /* Sleeps until it is put back, by BootstrapData.context if by nobody else. The time is given
          * in memory below the stack pointer, where no signal comes, for all of them are blocked. */
    "	movq	$0, -32(%rbx)\n"
    "	movq	$500000000, -24(%rbx)\n" /* BOOTSTRAP_PARK_MS */
    "	xor	%edi, %edi\n"
    "	xor	%esi, %esi\n"
    "	lea	-32(%rbx), %rdx\n"
    "	xor	%r10d, %r10d\n"
    "	mov	$8, %r8d\n"
    "	mov	$271, %eax\n" /* ppoll */
    "	syscall\n"
    "	mov	(%rbx), %rsp\n"
    "	mov	$15, %eax\n" /* rt_sigreturn */
    "	syscall\n"
    "	hlt\n"
    ".popsection\n");

_Static_assert(offsetof (BootstrapData, context) == 0, "the code above");
_Static_assert(offsetof (BootstrapData, is_parked) == 60, "the code above");
_Static_assert(BOOTSTRAP_PARK_MS == 500 && SCRATCH_BYTES == 0x80000, "the code above");
_Static_assert(SYS_mmap == 9 && SYS_munmap == 11 && SYS_ppoll == 271 && SYS_rt_sigreturn == 15,
               "the code above");

/* At the low end of the scratch memory, which is all zero. */
typedef struct
{
  struct msghdr header;
  struct iovec bytes;
  AgentAttachment attachment;
  struct timespec patience;
  struct pollfd poll;
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (BOOTSTRAP_MAX_FDS * sizeof (int))];
  } control;
  int fds[BOOTSTRAP_MAX_FDS];
  uint32_t n_fds;
  char message[BOOTSTRAP_MESSAGE_MAX];
  struct iovec words, from;
  uint64_t stack[BOOTSTRAP_STACK_MAX / 8];
} Work;

_Static_assert(sizeof (Work) < SCRATCH_BYTES / 2, "the rest is its stack");

INLINE long
call_kernel (long number, long a, long b, long c, long d, long e, long f)
{
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;

  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

INLINE void
answer (BootstrapData *data, BootstrapStage stage, long result)
{
  data->reply.stage = stage;
  data->reply.result = (int32_t)result;
  data->reply.magic = BOOTSTRAP_REPLY_MAGIC;
}

/* ---- The message ------------------------------------------------------------------------------ */

INLINE void
take_fds (Work *work)
{
  struct cmsghdr *control = &work->control.header;
  const int *fds = (const int *)(const void *)CMSG_DATA (control);

  if (work->header.msg_controllen < sizeof *control || control->cmsg_level != SOL_SOCKET ||
      control->cmsg_type != SCM_RIGHTS || control->cmsg_len > sizeof work->control)
    return;
  work->n_fds = (uint32_t)((control->cmsg_len - CMSG_LEN (0)) / sizeof (int));
  for (uint32_t i = 0; i < work->n_fds; i++)
    work->fds[i] = fds[i];
}

/* Right-aligned, in a field that is already all slashes. */
INLINE void
write_number (char *field, int number)
{
  for (uint32_t i = 0; i < BOOTSTRAP_FD_WIDTH; i++)
    field[i] = '/';
  for (uint32_t i = BOOTSTRAP_FD_WIDTH; i > 0; i--)
    {
      field[i - 1] = (char)('0' + number % 10);
      number /= 10;
      if (number == 0)
        break;
    }
}

INLINE void
put_numbers_in (Work *work, uint32_t length)
{
  uint32_t next = 0;

  for (uint32_t i = sizeof (BootstrapMessage); i + BOOTSTRAP_FD_WIDTH < length; i++)
    if (work->message[i] == BOOTSTRAP_FD_MARK && next < work->n_fds)
      write_number (&work->message[i], work->fds[next++]);
}

INLINE int
receive (BootstrapData *data, Work *work)
{
  const BootstrapMessage *message = (const void *)work->message;
  long result;

  work->patience.tv_sec = BOOTSTRAP_PATIENCE_MS / 1000;
  work->patience.tv_nsec = BOOTSTRAP_PATIENCE_MS % 1000 * 1000000;
  work->poll.fd = data->sockets[0];
  work->poll.events = POLLIN;
  result = call_kernel (SYS_ppoll, (long)&work->poll, 1, (long)&work->patience, 0, 8, 0);
  if (result <= 0)
    return result < 0 ? (int)result : -ETIMEDOUT;
  work->bytes.iov_base = work->message;
  work->bytes.iov_len = sizeof work->message;
  work->header.msg_iov = &work->bytes;
  work->header.msg_iovlen = 1;
  work->header.msg_control = &work->control;
  work->header.msg_controllen = sizeof work->control;
  result =
      call_kernel (SYS_recvmsg, data->sockets[0], (long)&work->header, MSG_CMSG_CLOEXEC, 0, 0, 0);
  if (result < 0)
    return (int)result;
  take_fds (work);
  if ((work->header.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) != 0)
    return -EMFILE;
  if (result < (long)sizeof *message || message->size != (uint32_t)result)
    return -EPROTO;
  put_numbers_in (work, (uint32_t)result);
  return 0;
}

/* ---- The calls -------------------------------------------------------------------------------- */

INLINE void
note_loader_error (BootstrapData *data)
{
  const char *text = NULL;

  if (data->explain != 0)
    text = ((char *(*)(void))data->explain) ();
  for (uint32_t i = 0; text != NULL && text[i] != '\0' && i + 1 < sizeof data->reply.text; i++)
    data->reply.text[i] = text[i];
}

/* Returns: the function, or 0 with why */
INLINE uint64_t
find_function (BootstrapData *data, Work *work)
{
  const BootstrapMessage *message = (const void *)work->message;
  const char *path = work->message + message->libraries;
  void *handle = NULL;
  void *function;

  if (data->call != 0)
    return data->call;
  for (uint32_t i = 0; i < message->n_libraries; i++)
    {
      /* RTLD_NOW */
      handle = ((void *(*)(const char *, int))data->open) (path, 2);
      if (handle == NULL)
        {
          note_loader_error (data);
          answer (data, BOOTSTRAP_NO_LIBRARY, 0);
          return 0;
        }
      while (*path != '\0')
        path++;
      path++;
    }
  function =
      ((void *(*)(void *, const char *))data->find) (handle, work->message + message->function);
  if (function == NULL)
    {
      note_loader_error (data);
      answer (data, BOOTSTRAP_NO_FUNCTION, 0);
    }
  return (uint64_t)function;
}

INLINE void
call_agent (BootstrapData *data, Work *work)
{
  const BootstrapMessage *message = (const void *)work->message;
  uint64_t function = find_function (data, work);

  if (function == 0)
    return;
  if (message->is_attach == 0)
    {
      answer (data, BOOTSTRAP_CALLED, ((int (*) (const InspectSite *))function) (&data->site));
      return;
    }
  work->attachment.size = sizeof work->attachment;
  work->attachment.socket = data->sockets[0];
  work->attachment.path = work->message + message->path;
  work->attachment.options = work->message + message->options;
  work->attachment.site = &data->site;
  work->attachment.runtimes = work->message + message->runtimes;
  answer (data, BOOTSTRAP_CALLED,
          ((int (*) (const AgentAttachment *))function) (&work->attachment));
}

/* What lies above it may be a heap, whose end another thread gives back: the kernel copies what there is, and does not
 * mind if there is nothing. */
INLINE void
copy_stack (BootstrapData *data, Work *work)
{
  uint64_t bytes = data->site.n_words * 8;
  long result;

  work->words.iov_base = work->stack;
  work->words.iov_len = bytes < sizeof work->stack ? bytes : sizeof work->stack;
  work->from.iov_base = (void *)data->site.stack;
  work->from.iov_len = work->words.iov_len;
  result = call_kernel (SYS_getpid, 0, 0, 0, 0, 0, 0);
  result =
      call_kernel (SYS_process_vm_readv, result, (long)&work->words, 1, (long)&work->from, 1, 0);
  data->site.stack = work->stack;
  data->site.n_words = result > 0 ? (uint64_t)result / 8 : 0;
}

void target_bootstrap_main (BootstrapData *data, Work *work) IN_BOOTSTRAP;

void
target_bootstrap_main (BootstrapData *data, Work *work)
{
  int *sockets = data->sockets;
  long result;

  /* Part of what the context restores; SS_ONSTACK does not matter there. */
  call_kernel (SYS_sigaltstack, 0, (long)(data->context + 16), 0, 0, 0, 0);
  data->scratch = (uint64_t)work;
  if (data->is_apart != 0)
    copy_stack (data, work);
  result =
      call_kernel (SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, (long)sockets, 0, 0);
  if (result < 0)
    {
      answer (data, BOOTSTRAP_NO_SOCKET, -result);
      return;
    }
  __atomic_store_n (&data->has_sockets, 1, __ATOMIC_RELEASE);
  result = receive (data, work);
  call_kernel (SYS_close, sockets[1], 0, 0, 0, 0, 0);
  if (result < 0)
    answer (data, BOOTSTRAP_NO_MESSAGE, -result);
  else
    call_agent (data, work);
  call_kernel (SYS_close, sockets[0], 0, 0, 0, 0, 0);
  for (uint32_t i = 0; i < work->n_fds; i++)
    call_kernel (SYS_close, work->fds[i], 0, 0, 0, 0, 0);
}

#endif
