// The core in one include: framers, decoders and encoding. No OS header is behind it.

#ifndef UNSTICK_UNSTICK_H_
#define UNSTICK_UNSTICK_H_

// IWYU pragma: begin_exports
#include "unstick/core/any_framer.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/bytes.h"
#include "unstick/core/crc32c.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/core/described_framer.h"
#include "unstick/core/fixed_framer.h"
#include "unstick/core/frame_cursor.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/frame_head.h"
#include "unstick/core/frame_view.h"
#include "unstick/core/framer.h"
#include "unstick/core/framer_ref.h"
#include "unstick/core/framing.h"
#include "unstick/core/head_framer.h"
#include "unstick/core/header_framer.h"
#include "unstick/core/header_layout.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/core/varint_framer.h"
// IWYU pragma: end_exports

#endif  // UNSTICK_UNSTICK_H_
