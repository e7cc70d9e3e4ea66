"""What routing learns from the past of this database."""

from kiplatform.events.relay import run_pending
from qa_center import services
from qa_center.people import candidates
from tests.qa_center.conftest import Floor


def test_an_ended_need_in_the_same_words_counts_for_whom_proposed_its_answer(floor: Floor) -> None:
    floor.resolved_need("临街商铺能不能办房产抵押贷款？", floor["expert"])
    floor.resolved_need("保管箱的钥匙丢了怎么办？", floor["second"])
    run_pending()
    case = services.case_open(
        actor=floor["manager"], text="客户的商铺想办抵押贷款，可以吗？", client_id="new"
    )
    people = {candidate.key: candidate for candidate in candidates(case)}
    (fits,) = people[floor["expert"].public_id].past
    (other,) = people[floor["second"].public_id].past
    assert fits.accepted
    assert fits.lexical > other.lexical
    ranked = services.rank_experts(case)
    assert ranked[0].key == floor["expert"].public_id
