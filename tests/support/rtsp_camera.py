"""An RTSP camera for tests, run by the system's Python, which has GStreamer's bindings.

    /usr/bin/python3 rtsp_camera.py CLIP.mp4 [--user U --password P] [--digest] [--udp]

Prints the port once it listens. Lines on standard input: ``silence`` (stop the pictures, keep the
connections), ``go``. Ends when standard input closes.
"""

from __future__ import annotations

import argparse
import sys
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

PIPELINE = (
    "( filesrc location={clip} ! qtdemux ! h264parse config-interval=-1 ! identity name=gate "
    "! rtph264pay name=pay0 pt=96 )"
)


class Camera:
    def __init__(self, options):
        Gst.init(None)
        self.silent = False
        self.server = GstRtspServer.RTSPServer()
        self.server.set_address("127.0.0.1")
        self.server.set_service("0")
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(PIPELINE.format(clip=options.clip))
        factory.set_shared(options.shared)
        factory.connect("media-configure", self.configure)
        if options.user:
            self.protect(factory, options)
        self.server.get_mount_points().add_factory("/cam", factory)
        self.server.attach(None)

    def protect(self, factory, options):
        auth = GstRtspServer.RTSPAuth()
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "user")
        if options.digest:
            auth.set_supported_methods(2)  # GstRTSPAuthMethod DIGEST
            auth.add_digest(options.user, options.password, token)
        else:
            basic = GstRtspServer.RTSPAuth.make_basic(options.user, options.password)
            auth.add_basic(basic, token)
        self.server.set_auth(auth)
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_permission_for_role("user", "media.factory.access", True)
        permissions.add_permission_for_role("user", "media.factory.construct", True)
        factory.set_permissions(permissions)

    def configure(self, factory, media):
        gate = media.get_element().get_by_name("gate")
        gate.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, self.pass_or_hold)

    def pass_or_hold(self, pad, info):
        while self.silent:  # blocks the streaming thread: dropping would race to the clip's end
            time.sleep(0.02)
        return Gst.PadProbeReturn.OK

    def command(self, channel, condition, loop):
        line = sys.stdin.readline()
        if not line:
            loop.quit()
            return False
        self.silent = line.strip() == "silence"
        return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("clip")
    parser.add_argument("--user")
    parser.add_argument("--password", default="")
    parser.add_argument("--digest", action="store_true")
    parser.add_argument("--shared", action="store_true")
    options = parser.parse_args()
    camera = Camera(options)
    loop = GLib.MainLoop()
    GLib.io_add_watch(
        GLib.IOChannel.unix_new(sys.stdin.fileno()),
        GLib.PRIORITY_DEFAULT,
        GLib.IOCondition.IN | GLib.IOCondition.HUP,
        camera.command,
        loop,
    )
    print(camera.server.get_bound_port(), flush=True)
    loop.run()


if __name__ == "__main__":
    main()
