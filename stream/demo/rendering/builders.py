"""Which builder makes which kind of thing; to add a kind, write its builder and name it here."""

from __future__ import annotations

from collections.abc import Callable

from stream.demo.rendering.blender import Handle
from stream.demo.rendering.plan import Finish, Item, Placed, Thing
from stream.demo.rendering.things import (
    appliances,
    belongings,
    car,
    decor,
    dwelling,
    fixtures,
    furnishings,
    furniture,
    garden,
    keepsakes,
    machines,
    motor_scooter,
    pram,
    premises,
    toys,
    wheels,
    workshop,
)
from stream.demo.rendering.workpiece import Workpiece, radians

BUILDERS: dict[str, Callable[[Workpiece], None]] = {
    builder.__name__: builder
    for builder in (
        appliances.camera,
        appliances.coffee_machine,
        appliances.desk_lamp,
        appliances.floor_lamp,
        appliances.kettle,
        appliances.mantel_clock,
        appliances.radio,
        belongings.backpack,
        belongings.guitar,
        belongings.sneakers,
        belongings.teapot,
        car.car,
        decor.basket,
        decor.board,
        decor.books,
        decor.bottle,
        decor.bowl,
        decor.carton,
        decor.curtain,
        decor.mug,
        decor.picture,
        decor.plant,
        decor.radiator,
        decor.rug,
        decor.socket,
        dwelling.bed,
        dwelling.home,
        dwelling.nightstand,
        dwelling.pendant_lamp,
        dwelling.wardrobe,
        fixtures.bunting,
        fixtures.coat_rack,
        fixtures.door,
        fixtures.filing_cabinet,
        fixtures.mirror,
        fixtures.pinboard,
        fixtures.shoe_bench,
        furnishings.couch,
        furnishings.side_table,
        furnishings.sideboard,
        furnishings.table_lamp,
        furnishings.toy_shelf,
        furnishings.vase,
        furniture.armchair,
        furniture.bookshelf,
        furniture.dresser,
        furniture.sofa,
        furniture.stool,
        furniture.table,
        furniture.wall_cupboard,
        furniture.wooden_chair,
        furniture.worktop,
        keepsakes.boots,
        keepsakes.violin,
        machines.record_player,
        machines.typewriter,
        toys.ball,
        toys.blocks,
        toys.robot,
        toys.stacking_rings,
        toys.teddy,
        toys.wooden_train,
        garden.flower_pots,
        garden.garden_chair,
        garden.jerrycan,
        garden.lawn_mower,
        garden.watering_can,
        garden.wheelie_bin,
        motor_scooter.scooter,
        pram.pram,
        premises.fence,
        premises.garage,
        premises.garden_wall,
        premises.hedge,
        premises.house_front,
        premises.weeds,
        wheels.bicycle,
        wheels.skateboard,
        wheels.suitcase,
        workshop.bench_vice,
        workshop.ladder,
        workshop.pegboard,
        workshop.shelving,
        workshop.tool_box,
        workshop.tyres,
        workshop.workbench,
    )
}


def build(placed: Placed) -> Handle:
    """Build a thing where it stands; return the anchor that moves all of it."""
    return _stood(_made(placed.thing), placed)


def build_item(item: Item, placed: Placed) -> Handle:
    """Build what is for sale, with the marks that only this unit carries."""
    piece = _made(item.thing)
    for sticker in item.stickers:
        paper = Finish("paint", sticker.colour)
        piece.text(sticker.text, 0.03, sticker.at, paper, sticker.turn)
    return _stood(piece, placed)


def _made(thing: Thing) -> Workpiece:
    piece = Workpiece(thing.kind, thing.finishes, thing.lettering, thing.seed)
    BUILDERS[thing.kind](piece)
    return piece


def _stood(piece: Workpiece, placed: Placed) -> Handle:
    piece.anchor.location = placed.at
    piece.anchor.rotation_euler = radians((0, 0, placed.turn))
    return piece.anchor
