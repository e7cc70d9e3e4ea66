"""People of both sides."""

import factory

from customer_knowledge.models import Contact, Customer, ManagerAssignment, Product
from kiplatform.accounts.models import Department, StaffProfile, User


class DepartmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Department

    name_zh_hans = factory.Sequence(lambda n: f"部门{n}")
    name_en = factory.Sequence(lambda n: f"Department {n}")


class StaffFactory(factory.django.DjangoModelFactory):
    """A staff member; give roles as is_sales_manager=True and so on."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"staff{n}@bank.example.com")
    name = factory.Sequence(lambda n: f"同事{n}")
    kind = User.Kind.STAFF
    language = "zh-hans"

    @factory.post_generation
    def department(self, create: bool, extracted: Department | None, **kwargs: object) -> None:
        StaffProfile.objects.create(user=self, department=extracted, languages=["zh-hans", "en"])


class ManagerFactory(StaffFactory):
    is_sales_manager = True


class ColleagueFactory(StaffFactory):
    is_colleague = True


class EditorFactory(StaffFactory):
    is_knowledge_editor = True


class ProductTeamFactory(StaffFactory):
    is_product_team = True


class AdministratorFactory(StaffFactory):
    is_administrator = True


class ContactUserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"contact{n}@customer.example")
    name = factory.Sequence(lambda n: f"联系人{n}")
    kind = User.Kind.CONTACT
    language = "zh-hans"


class CustomerFactory(factory.django.DjangoModelFactory):
    """A customer; `manager=` makes that person its first manager."""

    class Meta:
        model = Customer
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"客户{n}")
    kind = Customer.Kind.PERSON

    @factory.post_generation
    def manager(self, create: bool, extracted: User | None, **kwargs: object) -> None:
        if extracted is not None:
            ManagerAssignment.objects.create(customer=self, manager=extracted)


class ContactFactory(factory.django.DjangoModelFactory):
    """A contact; `.user` signs in, `.customer` is whom they speak for."""

    class Meta:
        model = Contact

    user = factory.SubFactory(ContactUserFactory)
    customer = factory.SubFactory(CustomerFactory)


class ProductFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Product

    code = factory.Sequence(lambda n: f"P-{n:03d}")
    product_type = Product.Type.DEPOSIT
    name_zh_hans = factory.Sequence(lambda n: f"产品{n}")
    name_en = factory.Sequence(lambda n: f"Product {n}")
