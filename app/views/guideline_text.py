"""The guideline in words: where each point lies, and what to do when it cannot be seen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule for one kind of point, by what the annotator sees."""

    where: str
    covered: str
    on_the_side: str
    prone: str


# Said in general, before the points.
PRINCIPLES = (
    "Left and right are the infant's own. On its back with the head up, the infant's left is on "
    "your right; on its belly, on your left.",
    "A joint is a point inside the body: the centre of the joint, not the skin over it.",
    "Visible: you see the part of the body that the point lies in, in skin or under tight clothes.",
    "Occluded: covered by a blanket, a hand, a tube or the body itself, and you can tell within "
    "about a tenth of the trunk where it must lie. Place it there.",
    "Absent: outside the picture, or you would be guessing. An absent point is better than a "
    "guessed one.",
    "Never place a point where it would look right. If the limb hides it, follow the bones: a "
    "forearm is about as long as the upper arm, the two arms are equal, and so are the legs.",
)

RULES = {
    "nose": Rule(
        "The tip of the nose. Under a mask, prongs or tape: where the tip must lie.",
        "Between the eyes and the mouth, on the midline of the face. Occluded, if eyes or mouth "
        "tell where it is; absent, if the whole face is covered.",
        "The tip as it stands out from the face, seen from the side.",
        "With the head turned, the tip on the side that is seen. Absent when only the back of the "
        "head is seen.",
    ),
    "shoulder": Rule(
        "The top of the upper arm, under the outer end of the collar bone: half a finger's width "
        "below the shoulder's outline, in line with the armpit fold. Large sets of labels have it "
        "there.",
        "Where the line of the upper arm meets the line of the collar bones.",
        "The upper one lies over the lower: place the lower one behind the chest, in line with its "
        "arm, as occluded.",
        "Seen from behind: at the outer end of the shoulder blade's upper edge.",
    ),
    "elbow": Rule(
        "The centre of the bend, midway between the two bony knobs.",
        "Where upper arm and forearm would meet, from the parts that are seen; absent if neither "
        "part is.",
        "An arm under the body: from its hand and shoulder, occluded, or absent.",
        "The bony tip points at you: place the centre, a little before the tip.",
    ),
    "wrist": Rule(
        "The centre of the crease between hand and forearm, not the hand. Under a splint or a "
        "tape: where the crease must lie.",
        "A hand that is seen tells the wrist: at its heel. A mitten counts as a hand.",
        "A hand under the cheek: the wrist is where the forearm leaves it, occluded.",
        "As on the back; a hand under the body is absent unless its forearm is seen.",
    ),
    "hip": Rule(
        "The upper end of the groin's fold, an eighth of the trunk nearer to the head than where "
        "the thigh bone turns: large sets of labels have it there. In a nappy: a third of its "
        "width in from the edge, just above the line of the leg opening.",
        "A nappy does not make it occluded as long as its shape shows the leg opening. Under a "
        "blanket: where the thighs' lines meet the trunk.",
        "The upper one over the lower: the lower one a little towards the bed, occluded.",
        "Seen from behind: a finger's width above the crease under the buttock, a third in from "
        "the outer edge.",
    ),
    "knee": Rule(
        "The centre of the joint, behind the kneecap. With a bent knee, the bend's centre, not the "
        "tip of the kneecap.",
        "Where thigh and shin would meet. A tent in the blanket tells a bent knee: occluded.",
        "Knees one on the other: place both, the lower as occluded.",
        "Often drawn up under the belly: occluded from the line of the thigh, else absent.",
    ),
    "ankle": Rule(
        "Midway between the two knobs, where foot and shin meet; not the heel, not the toes.",
        "A foot that is seen tells the ankle. Under a sensor or a sock: where it must lie.",
        "The lower foot behind the upper: occluded, in line with its shin.",
        "Seen from the sole: above the heel, where the shin would enter.",
    ),
}  # fmt: skip
