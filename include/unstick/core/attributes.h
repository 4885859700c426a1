// Attributes that the public headers use; every one is harmless where a compiler lacks it.

#ifndef UNSTICK_CORE_ATTRIBUTES_H_
#define UNSTICK_CORE_ATTRIBUTES_H_

// Part of the shared libraries' interface. Everything else is hidden.
#if defined(__GNUC__)
#define UNSTICK_EXPORT __attribute__((visibility("default")))
#else
#define UNSTICK_EXPORT
#endif

// The result refers to the annotated object: clang warns when the result outlives it.
#if defined(__clang__) && defined(__has_cpp_attribute)
#if __has_cpp_attribute(clang::lifetimebound)
#define UNSTICK_LIFETIME_BOUND [[clang::lifetimebound]]
#endif
#endif
#ifndef UNSTICK_LIFETIME_BOUND
#define UNSTICK_LIFETIME_BOUND
#endif

// A class whose objects borrow memory that something else owns.
#if defined(__clang__)
#define UNSTICK_VIEW [[gsl::Pointer]]
#else
#define UNSTICK_VIEW
#endif

// Set when the address sanitizer runs. Buffers then move on every Prepare(), so that a view kept
// too long is a report at the line that reads it and not a lucky read.
#if defined(__SANITIZE_ADDRESS__)
#define UNSTICK_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNSTICK_ADDRESS_SANITIZER 1
#endif
#endif
#ifndef UNSTICK_ADDRESS_SANITIZER
#define UNSTICK_ADDRESS_SANITIZER 0
#endif

#endif  // UNSTICK_CORE_ATTRIBUTES_H_
