# SPDX-License-Identifier: Apache-2.0
"""Header blocks of HTTP/2: read by libnghttp2, which mod_http2 and curl bring along; written without compression."""
import ctypes

FINAL, EMIT = 1, 2


class Pair(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("value", ctypes.c_void_p), ("name_length", ctypes.c_size_t),
                ("value_length", ctypes.c_size_t), ("flags", ctypes.c_uint8)]


class Inflater:
    """What a peer has compressed; one for each connection, whose blocks it reads in their order."""

    def __init__(self):
        self.library = ctypes.CDLL("libnghttp2.so.14")
        self.library.nghttp2_hd_inflate_hd2.restype = ctypes.c_ssize_t
        self.library.nghttp2_hd_inflate_hd2.argtypes = [
            ctypes.c_void_p, ctypes.POINTER(Pair), ctypes.POINTER(ctypes.c_int), ctypes.c_void_p, ctypes.c_size_t,
            ctypes.c_int]
        self.library.nghttp2_hd_inflate_end_headers.argtypes = [ctypes.c_void_p]
        self.library.nghttp2_hd_inflate_del.argtypes = [ctypes.c_void_p]
        self.state = ctypes.c_void_p()
        assert self.library.nghttp2_hd_inflate_new(ctypes.byref(self.state)) == 0

    def read(self, block):
        """[(name, value)] of one whole block, as bytes."""
        found, pair, flags = [], Pair(), ctypes.c_int()
        source = ctypes.create_string_buffer(block, len(block))
        at = 0
        while not flags.value & FINAL:
            n = self.library.nghttp2_hd_inflate_hd2(self.state, pair, flags, ctypes.addressof(source) + at,
                                                    len(block) - at, 1)
            if n < 0:
                raise ConnectionError("the header block is broken: %r" % block)
            at += n
            if flags.value & EMIT:
                found.append((ctypes.string_at(pair.name, pair.name_length),
                              ctypes.string_at(pair.value, pair.value_length)))
        self.library.nghttp2_hd_inflate_end_headers(self.state)
        return found

    def close(self):
        if self.state:
            self.library.nghttp2_hd_inflate_del(self.state)
            self.state = None


def number(n, bits, first=0):
    """An integer behind the bits of `first`."""
    limit = (1 << bits) - 1
    if n < limit:
        return bytes([first | n])
    out = [first | limit]
    n -= limit
    while n >= 128:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out + [n])


def text(data):
    return number(len(data), 7) + data


def write(pairs):
    return b"".join(b"\x00" + text(name) + text(value) for name, value in pairs)
