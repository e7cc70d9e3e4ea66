"""Administration of the products that customers ask about."""

from django.contrib import admin

from customer_knowledge.models import Product


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ("code", "name_zh_hans", "name_en", "product_type", "is_active")
    list_filter = ("product_type", "is_active")
    search_fields = ("code", "name_zh_hans", "name_en")
