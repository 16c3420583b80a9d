/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CHANNEL_HANDSHAKE_H
#define CHANNEL_HANDSHAKE_H

/* How a target hands its channel to an inspector: one message on a SOCK_SEQPACKET Unix socket,
 * with the sealed memfd as SCM_RIGHTS. The target waits for no answer and closes the socket and the
 * memfd at once: the mapping stays. What it has to know comes in the environment.
 *
 * The one message that is answered is CHANNEL_HELLO_ASKS, on the connection that it came by. Whoever
 * attaches sends the answer unasked, as it has the target stand still. */

#include <stdint.h>
#include <assert.h>

/* Absolute path of the inspector's socket. Unset: nobody looks. */
#define CHANNEL_ENV_SOCKET "ASYNC_INSPECT_SOCKET"
/* "ID=PATH=MARKER[,MARKER...]:..." : runtime plugins, and for each what tells that a process uses
 * its runtime: "SYMBOL", which some object then defines, or "^SYMBOL", which some object other than
 * libc then imports. PATH holds no '=' or ':'. */
#define CHANNEL_ENV_RUNTIMES "ASYNC_INSPECT_RUNTIMES"
#define CHANNEL_RUNTIME_IMPORT '^'
/* "key=value,..." : rings=N, records=N (a ring), policy=drop|overwrite|block, payload=0|1 */
#define CHANNEL_ENV_OPTIONS "ASYNC_INSPECT_OPTIONS"

#define CHANNEL_HELLO_MAGIC 0x4f4c4841u /* "AHLO" */

typedef enum
{
  CHANNEL_HELLO_CHANNEL = 1, /* the memfd comes with it */
  CHANNEL_HELLO_REFUSED = 2, /* no channel: `reason` says why */
  CHANNEL_HELLO_RUNTIME = 3, /* a runtime was found (or not inspectable): `detail` names it */
  CHANNEL_HELLO_ASKS = 4,    /* what probes know of it for `runtime`: a ChannelAnswer is awaited */
} ChannelHelloType;

typedef enum
{
  CHANNEL_REFUSED_NONE = 0,
  CHANNEL_REFUSED_MEMORY = 1,     /* no memory or address space for the channel */
  CHANNEL_REFUSED_KERNEL = 2,     /* memfd_create, seals or MADV_WIPEONFORK missing */
  CHANNEL_REFUSED_PLUGIN = 3,     /* `detail`: a runtime plugin could not be loaded, and why */
  CHANNEL_REFUSED_ABI = 4,        /* `detail`: a plugin of another ABI */
  CHANNEL_REFUSED_UNREACHABLE = 5,/* `detail`: the runtime is there, but its calls cannot be hooked */
  CHANNEL_REFUSED_SECOND = 6,     /* `detail`: it has another copy of the runtime than the one that is followed */
} ChannelRefusal;

#define CHANNEL_HELLO_DETAIL 256u
typedef struct
{
  uint32_t magic;
  uint16_t abi_major;
  uint16_t abi_minor;
  uint32_t type;
  uint32_t reason;
  int32_t pid; /* as it sees itself; the kernel's credentials are what counts where it gives them */
  int32_t parent_pid;
  uint64_t channel_size;
  char version[32];
  char runtime[32]; /* id of the runtime that a RUNTIME or REFUSED message is about */
  char detail[CHANNEL_HELLO_DETAIL];
} ChannelHello;

static_assert (sizeof (ChannelHello) == 352, "wire layout");

#define CHANNEL_ANSWER_MAGIC 0x52534e41u /* "ANSR" */
#define CHANNEL_ANSWER_MAX (16u << 20)
/* A target that has begun to wait for an answer goes on without after so long, or when the inspector
 * closes the connection. */
#define CHANNEL_ANSWER_PATIENCE_MS 10000u

/* Whoever attaches answers unasked, once for each plugin: that is on its way. */
#define CHANNEL_ANSWER_SENT_MS 1000u

typedef struct
{
  uint32_t magic;
  uint32_t size; /* of the memfd that comes with it; 0: there is none, and nothing is known */
  char runtime[32];
} ChannelAnswer;

static_assert (sizeof (ChannelAnswer) == 40, "wire layout");

#endif
