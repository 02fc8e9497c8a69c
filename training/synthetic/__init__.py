"""Rendered preterm infants: no picture of a real infant may ship or be trained on, so these do.

A :class:`~training.synthetic.scene.Scene` is every number that one picture is made of, drawn from
a seed; ``render.render`` turns it into a picture and its truth. On the way::

    scene    what there is: shape, pose, wardrobe, cover, clutter, look, view
    pose     angles within joint limits, then a skeleton lying on the mattress   (body, geometry)
    march    rounded cones to a surface seen by the camera                       (view)
    canvas   layers by height: bed, tubes, figure, cover, hands
    look     light on the height field, then the faults of a camera
    dataset  pictures as COCO;  motion, cots, video  clips with true movement

How to add a thing: give it a switch in ``scene`` (drawn last, so that older draws stay as they
are), a module that puts it on the canvas with its own ``scene.stream``, and a line in ``render``.
"""
