from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("web", "0002_work")]

    operations = [
        migrations.AddField(
            model_name="keptanswer", name="power_digest", field=models.CharField(default="", max_length=64)
        ),
    ]
