"""The types scenes are written in; lengths in metres, angles in degrees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Point = tuple[float, float, float]
Surface = Literal[
    "paint",
    "plastic",
    "metal",
    "wood",
    "fabric",
    "leather",
    "rubber",
    "glow",
    "planks",
    "tiles",
    "carpet",
    "plaster",
    "stripes",
    "checks",
    "dots",
    "artwork",
    "leaf",
    "concrete",
    "bricks",
    "paving",
    "gravel",
    "lacquer",
    "glass",
]


@dataclass(frozen=True)
class Finish:
    """What a part is made of: a procedural surface, its colours, the size of its pattern."""

    surface: Surface
    colour: str
    """sRGB as `#rrggbb`."""
    second: str = "#ffffff"
    scale: float = 1.0


@dataclass(frozen=True)
class Thing:
    """Something a builder can make; the seed is what tells one unit of a product from another."""

    kind: str
    finishes: tuple[Finish, ...] = ()
    lettering: str = ""
    seed: int = 0


@dataclass(frozen=True)
class Sticker:
    """A mark of its own that one unit carries and its siblings do not."""

    text: str
    at: Point
    turn: Point
    colour: str


@dataclass(frozen=True)
class Item:
    """What is for sale: one physical unit, the label of the data set."""

    item_id: str
    category: str
    title: str
    thing: Thing
    height: float
    """Of the whole, so that a camera can aim at its middle."""
    price_euros: int
    stickers: tuple[Sticker, ...] = ()


@dataclass(frozen=True)
class Placed:
    """A thing where it stands: it faces -y when not turned."""

    thing: Thing
    at: Point
    turn: float = 0.0


@dataclass(frozen=True)
class Room:
    """A furnished room; the middle of its floor is 0, 0."""

    name: str
    floor: Finish
    walls: Finish
    feature_wall: Finish
    """The wall at the back (+y)."""
    skirting: Finish
    window_side: Literal["left", "right"]
    furniture: tuple[Placed, ...]
    width: float = 4.4
    depth: float = 4.6
    height: float = 2.6


@dataclass(frozen=True)
class Light:
    """The light a photo is taken in, in watts of Blender's lamps."""

    window: float
    window_colour: str
    ceiling: float
    ceiling_colour: str
    ambient: float
    flash: float = 0.0
    """Beside the lens, as phones have it."""


@dataclass(frozen=True)
class Yard:
    """A place under the open sky: its fences, walls and roofs are things that stand in it."""

    name: str
    ground: Finish
    furniture: tuple[Placed, ...]
    width: float
    depth: float
    lamps: tuple[Point, ...] = ()
    lamp_length: float = 0.12


@dataclass(frozen=True)
class Sky:
    """The light in a yard: sky, sun in watts a square metre, each lamp in watts."""

    zenith: str
    horizon: str
    strength: float
    sun: float
    sun_colour: str
    sun_azimuth: float
    """Where the sun stands, counted as a camera's azimuth."""
    sun_elevation: float
    lamp: float = 0.0
    lamp_colour: str = "#ffd9a0"
    flash: float = 0.0


@dataclass(frozen=True)
class Spot:
    """Where the item stands in the room, and which way it faces."""

    at: Point
    turn: float = 0.0


@dataclass(frozen=True)
class View:
    """A camera position around the item, and the carelessness of a hand-held shot."""

    azimuth: float
    """0 is from -y; positive goes towards +x."""
    elevation: float
    distance: float
    roll: float = 0.0
    aside: float = 0.0
    """How far the aim misses the item's middle sideways, in metres."""
    above: float = 0.0
    focal_mm: float = 28.0
    item_turn: float = 0.0
    """By how much the seller turned the item for this photo."""


@dataclass(frozen=True)
class Edit:
    """What somebody does to a photo before posting it again."""

    keep: float = 1.0
    """The share of width and height that a crop leaves."""
    brightness: float = 1.0
    mirrored: bool = False
    watermark: str = ""
    app: str = ""
    """The app whose window a screenshot shows around the photo."""
    quality: int = 84


@dataclass(frozen=True)
class Stage:
    """Where a photo is taken: a furnished place, the spot that is looked at, the light."""

    room: Room | Yard
    spot: Spot
    light: Light | Sky


@dataclass(frozen=True)
class Shot:
    """A photo that is rendered."""

    view: View
    stage: Stage | None = None
    """Another place than the posting's, without its item: the rooms of a home for rent."""


@dataclass(frozen=True)
class Copied:
    """A photo taken over from another listing: the same bytes, or edited."""

    listing_id: str
    number: int
    edit: Edit | None = None


@dataclass(frozen=True)
class Unreadable:
    """A file that claims to be a photo and is none."""

    text: str


@dataclass(frozen=True)
class Collage:
    """Several photos of one other listing in one picture."""

    listing_id: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Published:
    """A picture that anybody may post, and that says nothing of whose item this is."""

    picture: Literal["catalogue", "floor_plan"]


Photo = Shot | Copied | Collage | Published | Unreadable


@dataclass(frozen=True)
class Offered:
    """One more item of a lot, where it stands."""

    item: Item
    spot: Spot


@dataclass(frozen=True)
class Posting:
    """One version of a listing, and all that its photos show."""

    listing_id: str
    item: Item
    seller_id: str
    region: str
    room: Room | Yard
    spot: Spot
    light: Light | Sky
    photos: tuple[Photo, ...]
    clutter: tuple[Placed, ...] = ()
    """What lies around in these photos only."""
    lot: tuple[Offered, ...] = ()
    """What is sold together with the item, which alone gives the listing its label."""
    is_partly_hidden: bool = False
    """Whether things stand before the item."""
    version: int = 1
    first_number: int = 1
    """Later versions number their files on, so that no url ever changes its bytes."""

    def photo_path(self, index: int) -> str:
        """Where the photo lies, relative to the folder of the scenes."""
        return f"photos/{self.listing_id}/{self.first_number + index}.jpg"
