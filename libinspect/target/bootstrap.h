/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_BOOTSTRAP_H
#define TARGET_BOOTSTRAP_H

/* The code that a thread of the target runs when it is attached to, and what that code is told. It is
 * copied into the unused end of a code page of the target; see injector.c for the whole of it. */

#include <stdint.h>

#include "agent/runtime-plugin.h"

#define BOOTSTRAP_MAX_FDS 24u
#define BOOTSTRAP_MESSAGE_MAX 65536u
/* Of a stack that is none of the thread's own, in bytes. */
#define BOOTSTRAP_STACK_MAX 65536u
/* In the texts of a message: the number of the next descriptor that came with it, padded by '/', which
 * a path may have as many of as it likes. */
#define BOOTSTRAP_FD_MARK '\1'
#define BOOTSTRAP_FD_WIDTH 8u

/* The thread does not wait longer than this for whoever attaches to say something; nor to be put back
 * where it was, which it then does by itself. */
#define BOOTSTRAP_PATIENCE_MS 2000u
#define BOOTSTRAP_PARK_MS 500u

typedef enum
{
  BOOTSTRAP_STARTED = 0,
  BOOTSTRAP_NO_MEMORY = 1,  /* result: errno */
  BOOTSTRAP_NO_SOCKET = 2,  /* result: errno */
  BOOTSTRAP_NO_MESSAGE = 3, /* result: errno; of MSG_CTRUNC: EMFILE */
  BOOTSTRAP_NO_LIBRARY = 4, /* text: what dlerror() says */
  BOOTSTRAP_NO_FUNCTION = 5,
  BOOTSTRAP_CALLED = 6, /* result: what the agent returned */
} BootstrapStage;

#define BOOTSTRAP_REPLY_MAGIC 0x59504552u
#define BOOTSTRAP_APART 0x54524150u
typedef struct
{
  uint32_t magic; /* BOOTSTRAP_REPLY_MAGIC, once the rest is there */
  uint32_t stage; /* a BootstrapStage */
  int32_t result;
  char text[244];
} BootstrapReply;

/* On the thread's own stack, below what belongs to the program, or where nobody has anything (injector-frame.c). */
typedef struct
{
  uint64_t context;             /* the ucontext_t that takes it back where it was */
  uint64_t open, find, explain; /* dlopen, dlsym, dlerror; 0: not needed, or not there */
  uint64_t call;                /* a function of the agent that is there already; 0: to be found */
  uint64_t scratch;             /* set by the thread */
  int32_t sockets[2];           /* set by the thread: its end, the other end */
  uint32_t has_sockets;         /* atomic: both are there */
  uint32_t is_parked;           /* atomic: all is done, and its own stack is in use again */
  BootstrapReply reply;         /* set by the thread */
  InspectSite site;
  uint32_t is_apart; /* BOOTSTRAP_APART: the stack that @site tells of may lose its end; 0: no */
} BootstrapData;

/* Comes through the socket, with descriptors; texts follow it, each with its NUL. */
typedef struct
{
  uint32_t size;        /* of all of it */
  uint32_t n_libraries; /* paths that are opened in that order; the last is the agent's */
  uint32_t is_attach;   /* 1: @function is called with an AgentAttachment; 0: with an InspectSite */
  uint32_t libraries;   /* offsets of texts; libraries: of the first, the others follow */
  uint32_t function;
  uint32_t path;
  uint32_t options;
  uint32_t runtimes;
} BootstrapMessage;

/* Position independent. Its entry wants the BootstrapData in the register of the first argument. */
extern const char __start_target_bootstrap[] __attribute__ ((visibility ("hidden")));
extern const char __stop_target_bootstrap[] __attribute__ ((visibility ("hidden")));
extern const char target_bootstrap_entry[] __attribute__ ((visibility ("hidden")));

#endif
