from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bulletins', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='bulletin',
            name='audience_product',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AlterField(
            model_name='ownedproduct',
            name='product',
            field=models.CharField(max_length=300),
        ),
    ]
